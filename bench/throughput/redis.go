package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// onRedis measures the daemon with the taught store on Redis, and says how often it asked there.
func (b *bench) onRedis() error {
	if b.redis == "" {
		return errors.New("--redis is needed")
	}
	if err := quiet(exec.Command(b.program("spam-learn"), "--migrate", b.store, b.redis)); err != nil {
		return err
	}
	cf := filepath.Join(b.dir, "redis.cf")
	lines := "bayes_redis_journal " + filepath.Join(b.dir, "journal") + "\nbayes_auto_learn 0\n" // as rspamd, which learns only when told
	if err := os.WriteFile(cf, []byte(lines), 0o600); err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	return b.daemonOn(b.redis, func() error {
		m, err := metrics(fmt.Sprintf("http://127.0.0.1:%d/metrics", port))
		if err != nil {
			return err
		}
		lookups, cache, server := m["redis_lookups_total"], m[`redis_tokens_total{from="cache"}`], m[`redis_tokens_total{from="server"}`]
		fmt.Printf("\nround trips per scan %.2f, tokens %.0f of which the cache knew %.1f%%\n", m["redis_round_trips_total"]/lookups,
			(cache+server)/lookups, 100*cache/(cache+server))
		return nil
	}, "-c", cf, "--http", fmt.Sprintf("inet:%d@127.0.0.1", port))
}

// metrics reads spamd's metrics by name, without their common prefix.
func metrics(url string) (map[string]float64, error) {
	res, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	all := map[string]float64{}
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "asterism_"), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			all[name] = v
		}
	}
	return all, nil
}
