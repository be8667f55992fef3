package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"asterism/config"
	"asterism/web/accounts"
)

// webOptions has the flags of spamd web.
type webOptions struct {
	*options
	random  bool
	domains []string
}

// newWebCommand returns spamd web with its subcommands.
func newWebCommand(opt *options) *cobra.Command {
	w := &webOptions{options: opt}
	cmd := &cobra.Command{
		Use:   "web",
		Short: "Manage the accounts of the pages and the API of --web",
		Long: "web manages the accounts of --web, in the file accounts in web_dir. A change takes effect in a running\n" +
			"daemon at once. Run it as root or as the daemon's user.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	passwd := w.command("passwd [NAME]", "Set an account's password, or create an account",
		cobra.MaximumNArgs(1), w.passwd)
	passwd.Long = "passwd sets the password of the account NAME (default: admin), and creates a missing account.\n" +
		"Without --domain a new account has the whole site, and an existing account keeps its domains. To give it the\n" +
		"whole site, delete it first."
	passwd.Flags().BoolVar(&w.random, "random", false, "generate a password and print it")
	passwd.Flags().StringSliceVar(&w.domains, "domain", nil,
		"let the account see and teach messages to recipients in this `DOMAIN` only (repeatable)")
	list := w.command("list", "Print the accounts and their domains", cobra.NoArgs, w.list)
	remove := w.command("delete NAME", "Delete an account and end its sessions", cobra.ExactArgs(1), w.delete)
	cmd.AddCommand(passwd, list, remove)
	return cmd
}

func (w *webOptions) command(use, short string, args cobra.PositionalArgs,
	run func(cmd *cobra.Command, file *accounts.File, args []string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: args, RunE: func(cmd *cobra.Command, args []string) error {
		cfg, problems := w.loadConfig()
		if config.Failed(problems) {
			return fail(exitConfig, firstError(problems))
		}
		return fail(exitUnavailable, run(cmd, accounts.At(accountsFile(cfg)), args))
	}}
}

func (w *webOptions) passwd(cmd *cobra.Command, file *accounts.File, args []string) error {
	name := "admin"
	if len(args) > 0 {
		name = args[0]
	}
	if w.random {
		password := accounts.Random()
		if err := file.Set(name, password, w.domains); err != nil {
			return err
		}
		fmt.Fprintln(cmd.OutOrStdout(), password)
		return nil
	}
	password, err := readPassword(name)
	if err != nil {
		return err
	}
	return file.Set(name, password, w.domains)
}

// readPassword asks for a password twice on a terminal, or reads a line of standard input.
func readPassword(name string) (string, error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil && (err != io.EOF || line == "") {
			return "", fmt.Errorf("no password on standard input: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	ask := func(prompt string) ([]byte, error) {
		fmt.Fprint(os.Stderr, prompt)
		defer fmt.Fprintln(os.Stderr)
		return term.ReadPassword(in)
	}
	first, err := ask("Password of " + name + ": ")
	if err != nil {
		return "", err
	}
	second, err := ask("Once more: ")
	if err == nil && string(first) != string(second) {
		err = errors.New("the two passwords differ")
	}
	return string(first), err
}

func (w *webOptions) list(cmd *cobra.Command, file *accounts.File, _ []string) error {
	all, err := file.All()
	for _, a := range all {
		of := "the whole site"
		if !a.Admin() {
			of = strings.Join(a.Domains, ", ")
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s\n", a.Name, of)
	}
	return err
}

func (w *webOptions) delete(_ *cobra.Command, file *accounts.File, args []string) error {
	return file.Delete(args[0])
}
