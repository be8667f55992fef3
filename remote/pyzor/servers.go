package pyzor

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// ReadServers reads a file of servers as Pyzor's client keeps it (~/.pyzor/servers): one host:port a line. Accounts
// are taken from the file "accounts" beside it if there is one: lines of host : port : user : salt,key. Errors name
// file and line.
func ReadServers(file string) ([]Server, error) {
	var servers []Server
	err := readLines(file, func(line string) error {
		host, port, err := net.SplitHostPort(line)
		if err != nil {
			return err
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || host == "" {
			return fmt.Errorf("%q is not host:port", line)
		}
		servers = append(servers, Server{Addr: line})
		return nil
	})
	if err != nil {
		return nil, err
	}
	accounts := strings.TrimSuffix(file, "servers") + "accounts"
	if _, err := os.Stat(accounts); err != nil || !strings.HasSuffix(file, "servers") {
		return servers, nil
	}
	return servers, readLines(accounts, func(line string) error {
		fields := strings.Split(line, ":")
		if len(fields) != 4 {
			return fmt.Errorf("want host : port : user : salt,key")
		}
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		_, key, ok := strings.Cut(fields[3], ",")
		if !ok {
			return fmt.Errorf("the key has no comma between salt and key")
		}
		for i := range servers {
			if servers[i].Addr == net.JoinHostPort(fields[0], fields[1]) {
				servers[i].User, servers[i].Key = fields[2], key
			}
		}
		return nil
	})
}

// readLines gives each line of a file that is neither empty nor a comment.
func readLines(file string, use func(line string) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	scanner := bufio.NewScanner(f)
	for n := 1; scanner.Scan(); n++ {
		line := strings.TrimSpace(scanner.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		if err := use(line); err != nil {
			return fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	return scanner.Err()
}
