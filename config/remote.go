package config

import (
	"time"

	"asterism/listen"
)

// Remote configures the services besides DNS: DCC, Pyzor, Razor and clamd.
type Remote struct {
	UseDCC        bool          // use_dcc
	DCCTimeout    time.Duration // dcc_timeout
	DCCPath       string        // dcc_path: dccproc
	DCCHome       string        // dcc_home
	DCCDifdPath   string        // dcc_dccifd_path: socket of dccifd
	DCCOptions    string        // dcc_options
	DCCBodyMax    int           // dcc_body_max: reports from which on DCC_CHECK hits
	DCCFuz1Max    int           // dcc_fuz1_max
	DCCFuz2Max    int           // dcc_fuz2_max
	DCCRepPercent int           // dcc_rep_percent
	UsePyzor      bool          // use_pyzor
	PyzorTimeout  time.Duration // pyzor_timeout
	PyzorPath     string        // pyzor_path: run this program instead of speaking the protocol
	PyzorOptions  string        // pyzor_options
	PyzorServers  string        // pyzor_server_file
	PyzorCountMin int           // pyzor_count_min: reports from which on PYZOR_CHECK hits
	PyzorWLMin    int           // pyzor_welcomelist_min
	PyzorWLFactor float64       // pyzor_welcomelist_factor
	UseRazor      bool          // use_razor2
	RazorTimeout  time.Duration // razor_timeout
	RazorPath     string        // razor_path: razor-check
	RazorConfig   string        // razor_config
	// clamd_socket: unix:/path or inet:port@host; the zero Address does not scan for viruses
	Clamd        listen.Address
	ClamdTimeout time.Duration // clamd_timeout
	MaxProcesses int           // remote_max_processes: programs run at once, of all scans
}

func remoteOptions() []option {
	return []option{
		{name: "use_dcc", def: "0", set: flag(func(c *Config) *bool { return &c.Remote.UseDCC })},
		{name: "dcc_timeout", def: "8", set: seconds(func(c *Config) *time.Duration { return &c.Remote.DCCTimeout })},
		{name: "dcc_path", set: filePath(func(c *Config) *string { return &c.Remote.DCCPath })},
		{name: "dcc_home", set: filePath(func(c *Config) *string { return &c.Remote.DCCHome })},
		{name: "dcc_dccifd_path", set: filePath(func(c *Config) *string { return &c.Remote.DCCDifdPath })},
		{name: "dcc_options", set: text(func(c *Config) *string { return &c.Remote.DCCOptions })},
		{name: "dcc_body_max", def: "999999", set: count(func(c *Config) *int { return &c.Remote.DCCBodyMax })},
		{name: "dcc_fuz1_max", def: "999999", set: count(func(c *Config) *int { return &c.Remote.DCCFuz1Max })},
		{name: "dcc_fuz2_max", def: "999999", set: count(func(c *Config) *int { return &c.Remote.DCCFuz2Max })},
		{name: "dcc_rep_percent", def: "90", set: whole(0, 100, func(c *Config) *int { return &c.Remote.DCCRepPercent })},
		{name: "use_pyzor", def: "0", set: flag(func(c *Config) *bool { return &c.Remote.UsePyzor })},
		{name: "pyzor_timeout", def: "5", set: seconds(func(c *Config) *time.Duration { return &c.Remote.PyzorTimeout })},
		{name: "pyzor_path", set: filePath(func(c *Config) *string { return &c.Remote.PyzorPath })},
		{name: "pyzor_options", set: text(func(c *Config) *string { return &c.Remote.PyzorOptions })},
		{name: "pyzor_server_file", set: filePath(func(c *Config) *string { return &c.Remote.PyzorServers })},
		{name: "pyzor_count_min", def: "5", set: count(func(c *Config) *int { return &c.Remote.PyzorCountMin }),
			old: []string{"pyzor_max"}},
		{name: "pyzor_welcomelist_min", def: "10", set: count(func(c *Config) *int { return &c.Remote.PyzorWLMin }),
			old: []string{"pyzor_whitelist_min"}},
		{name: "pyzor_welcomelist_factor", def: "0.2",
			set: number(func(c *Config) *float64 { return &c.Remote.PyzorWLFactor }),
			old: []string{"pyzor_whitelist_factor"}},
		{name: "use_razor2", def: "0", set: flag(func(c *Config) *bool { return &c.Remote.UseRazor })},
		{name: "razor_timeout", def: "5", set: seconds(func(c *Config) *time.Duration { return &c.Remote.RazorTimeout })},
		{name: "razor_path", set: filePath(func(c *Config) *string { return &c.Remote.RazorPath })},
		{name: "razor_config", set: filePath(func(c *Config) *string { return &c.Remote.RazorConfig })},
		{name: "clamd_socket", set: socket(func(c *Config) *listen.Address { return &c.Remote.Clamd })},
		{name: "clamd_timeout", def: "10", set: seconds(func(c *Config) *time.Duration { return &c.Remote.ClamdTimeout })},
		{name: "remote_max_processes", def: "20",
			set: whole(1, 10_000, func(c *Config) *int { return &c.Remote.MaxProcesses })},
	}
}
