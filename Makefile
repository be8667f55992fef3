# Asterism. `make run` and `make test` do all the set-up on a fresh Debian with Go.

GO      ?= go
VAR     ?= var
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
# The module, and that of the measurements, whose dependencies the programs do without (go.work).
PACKAGES = ./... ./bench/...
LDFLAGS  = -s -w -X asterism/engine.stamped=$(VERSION)

# The race detector's C compiler, then what the tests run for real, from Debian's packages.
DEBS = gcc libc6-dev git m4 sendmail-bin sensible-mda procmail miltertest gpg-agent spamassassin spamc \
       sasl2-bin libsasl2-modules redis-server rbldnsd pyzor python3-gdbm clamav-daemon bogofilter systemd \
       dovecot-core dovecot-lmtpd dovecot-imapd dovecot-sieve lintian mandoc chromium iproute2
DEBS += zip bzip2 xz-utils p7zip-full genisoimage gcab qpdf qrencode tnef minisign libmail-dkim-perl \
        libarchive-zip-perl libio-string-perl

.PHONY: all build run install deb image test check test-deb test-image test-fresh ten-minutes test-deps lint race fuzz bench eval failover
.PHONY: valkey kills badclients hostile builds vulnerabilities soak clean

all: build

build: bin/spamd bin/spam-learn

bin/%: FORCE
	CGO_ENABLED=0 GOWORK=off $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/$*

FORCE:

# Installs the programs, manual pages, systemd's unit and user, shell completions, and the default configuration, which stays as it is
# where there is one. DESTDIR is put before every path, as packagers need it.
PREFIX ?= /usr/local
install: build
	install -D -m 755 bin/spamd '$(DESTDIR)$(PREFIX)/sbin/spamd'
	install -D -m 755 bin/spam-learn '$(DESTDIR)$(PREFIX)/bin/spam-learn'
	@set -e; for page in docs/*.[1-8]; do \
	  install -D -m 644 $$page '$(DESTDIR)$(PREFIX)/share/man/man'$${page##*.}/$${page##*/}; done
	@set -e; for program in spamd spam-learn; do \
	  install -d '$(DESTDIR)$(PREFIX)/share/bash-completion/completions'; \
	  bin/$$program completion bash > '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/'$$program; done
	install -d '$(DESTDIR)$(PREFIX)/lib/systemd/system'
	sed 's,/usr/sbin/spamd,$(PREFIX)/sbin/spamd,' contrib/asterism.service > '$(DESTDIR)$(PREFIX)/lib/systemd/system/asterism.service'
	install -D -m 644 contrib/asterism.sysusers '$(DESTDIR)$(PREFIX)/lib/sysusers.d/asterism.conf'
	@[ -e '$(DESTDIR)/etc/asterism/spamd.cf' ] || install -D -m 644 contrib/deb/spamd.cf '$(DESTDIR)/etc/asterism/spamd.cf'

# The Debian package, in dist/.
deb: build
	@mkdir -p dist
	@contrib/deb/build bin '$(VERSION)' dist

# Installs, starts, upgrades, removes and purges the package in a fresh Debian of its own. As root; fetches from the mirror
# that debootstrap knows, or MIRROR.
SUITE  ?= bookworm
MIRROR ?=
test-deb: build $(VAR)/test/$(SUITE).tar
	$(GO) test -count=1 -v ./test/t-31-deb -run Install -root $(abspath $(VAR))/test/$(SUITE).tar

# The container image, asterism, by buildah or podman.
image: build
	contrib/container/build bin asterism

# Builds the image and runs it as contrib/container does. As root.
test-image:
	@.ci/install-debs buildah podman
	$(GO) test -count=1 -v ./test/t-35-image -args -container

# Types README's first section, from nothing to a tagged mail, into fresh Debians: by Postfix and sendmail, from the package and from
# the checkout. As root; prints each command with its time.
ten-minutes: deb $(VAR)/test/$(SUITE).tar
	$(GO) test -count=1 -v -timeout 60m ./test/t-34-ten-minutes \
	  -args -root $(abspath $(VAR))/test/$(SUITE).tar -debs $(abspath dist)

# Runs README's two commands in a fresh Debian of its own, which has this machine's Go. As root; takes what the commands take,
# and downloads what they download. Only what is committed is tried.
test-fresh: $(VAR)/test/$(SUITE).tar
	.ci/fresh $(abspath $(VAR))/test/$(SUITE).tar $(shell $(GO) env GOROOT)

# A minimal Debian, made once.
$(VAR)/test/$(SUITE).tar:
	@.ci/install-debs debootstrap
	@mkdir -p $(@D)
	@root=$$(mktemp -d) && chmod 755 $$root && \
	  debootstrap --variant=minbase --include=adduser $(SUITE) $$root $(MIRROR) >/dev/null && \
	  tar -C $$root -cf $@.new . && rm -rf $$root && mv $@.new $@

# Starts the main job in the foreground, on the embedded store under ./var, with a fresh password for its pages.
WEB ?= inet:9811@127.0.0.1
run: build
	@mkdir -p $(VAR)
	@echo 'For sendmail.mc:  INPUT_MAIL_FILTER(`spamd'"'"', `S=inet:8891@127.0.0.1, F=T, T=S:2m;R:2m;E:5m'"'"')'
	@echo 'For main.cf:      smtpd_milters = inet:127.0.0.1:8891'
	@echo 'Teach it:         bin/spam-learn --bayes-path $(VAR)/bayes --ham HAM.mbox; … --spam SPAM.mbox'
	@echo 'A sample mail:    make sample'
	@echo "Its pages:        http://$$(echo '$(WEB)' | sed 's/inet6*:\(.*\)@\(.*\)/\2:\1/')/ as admin, password $$(bin/spamd web passwd --random --bayes-path $(VAR)/bayes)"
	bin/spamd --history --bayes-path $(VAR)/bayes --web $(WEB)

# Has the daemon of "make run" scan a mail, which its pages then show.
sample: build
	@bin/spamd mda --bayes-path $(VAR)/bayes --sender tracking@parcel-notice.example --recipient you@example.org -- \
	  sed -n '1,/^$$/p' < contrib/sample.eml

# The pictures of the pages in docs/, of mails that the project has made up.
screenshots:
	@.ci/install-debs chromium fonts-dejavu-core
	$(GO) test -count=1 ./test/t-38-web -run Screenshots -args -screenshots $(abspath docs)

# Installs what the tests need, then runs them all. A program that a test needs and that is missing fails it.
test: export E2E_TOOLS = required
test: test-deps lint
	$(GO) test -race -timeout 14m $(PACKAGES)
	$(GO) test -run 'Damaged|Memory' ./store/bolt ./history ./senders ./attachment ./bench/hostile

# What can be tested without root and foreign programs: a test that needs a missing program is skipped, and says so with -v.
check: lint
	$(GO) test -short $(PACKAGES)

lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo 'gofmt would change:'; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet $(PACKAGES)
	$(GO) tool staticcheck $(PACKAGES)
	$(GO) test ./docs
	$(GO) mod tidy -diff
	cd bench && $(GO) mod tidy -diff
	@set -e; for system in freebsd openbsd darwin; do \
	  echo "GOOS=$$system $(GO) build ./cmd/..."; CGO_ENABLED=0 GOWORK=off GOOS=$$system $(GO) build ./cmd/...; done

test-deps:
	@.ci/install-debs $(DEBS)
	@.ci/unpack-debs $(VAR)/test/debs postfix spamd spamass-milter rspamd

# Each fuzz target for FUZZTIME.
FUZZTIME ?= 1m
fuzz:
	@set -e; for pkg in $$($(GO) list $(PACKAGES)); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; done

# The accuracy of every regime on the SpamAssassin public corpus (by npm), and that of the peers that are installed; and on modern mail,
# where MODERN is the index of some.
MODERN ?= $(VAR)/eval/modern/index
eval:
	bench/trec/eval.sh $(VAR)/eval $(MODERN)

# Several hosts on one Redis: LEARNINGS while masters are killed and replaced, and OUTAGE without Redis at all.
LEARNINGS ?= 10000
OUTAGE    ?= 1m
failover:
	$(GO) test -count=1 -v -timeout 30m -run Failover ./store/redis -args -learnings $(LEARNINGS) -kills 5
	$(GO) test -count=1 -v -timeout 10m -run Outage ./test/t-40-redis -args -outage $(OUTAGE)

# What becomes of MAILS mails while every program between sendmail and the mailbox is killed KILLS times (docs/from-mda-scanner.md).
MAILS ?= 1000
KILLS ?= 50
kills: test-deps
	$(GO) test -count=1 -v -timeout 60m ./test/t-14-kills -args -mails $(MAILS) -kills $(KILLS)

# What becomes of good clients, and of the memory, while IDLE connections and ATTACKS bad clients of each kind and on each listener
# have their way.
IDLE    ?= 10000
ATTACKS ?= 100
badclients:
	$(GO) test -count=1 -v -timeout 10m ./test/t-17-badclients -args -idle $(IDLE) -attacks $(ATTACKS) -lasting 60s

# What messages cost that are made to be expensive (docs/security.md): the shipped rules; with a taught learner and every way to hand
# a message back; with signatures and lists asked at a DNS server of our own; attachments of each format, changed at each place.
hostile:
	$(GO) run ./bench/hostile
	$(GO) run ./bench/hostile --learner --fronts
	$(GO) run ./bench/hostile --network
	$(GO) run ./bench/hostile --mutate

# The store's tests on another server than redis-server, such as Valkey's (Debian 13, or the backports of Debian 12).
VALKEY ?= valkey-server
valkey:
	REDIS_SERVER=$(VALKEY) $(GO) test -count=1 ./store/redis

# Builds by the oldest Go that go.mod allows, and by the newest that was tried.
OLDEST = go1.26.0
NEWEST = go1.27.0
builds:
	@set -e; for go in $(OLDEST) $(NEWEST); do \
	  echo "== $$go"; CGO_ENABLED=0 GOWORK=off GOTOOLCHAIN=$$go $(GO) build ./cmd/...; done

# Known vulnerabilities in what the programs call, from vuln.go.dev.
vulnerabilities:
	$(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./cmd/...

# Speed, and that of the peers that are installed, on the SpamAssassin public corpus (by npm).
bench:
	bench/throughput/bench.sh $(VAR)/eval

# A daemon under load for MINUTES, while it is reloaded, mails are learned and forgotten, tokens expire and backups are made.
MINUTES ?= 60
soak:
	bench/throughput/bench.sh $(VAR)/eval --phases soak --minutes $(MINUTES)

clean:
	rm -rf bin dist
