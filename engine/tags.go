package engine

import (
	"os"

	"asterism/config"
	"asterism/tag"
)

// TagOptions returns a configuration's options of package tag, for a program of a version.
func TagOptions(cfg *config.Config, version string) tag.Options {
	o := tag.Options{
		OnlySpam: cfg.Daemon.HeaderWhen == "spam",
		Subject:  cfg.Tagging.Rewrite["Subject"],
		Report:   cfg.Tagging.ReportPart,
		NoFold:   !cfg.Tagging.FoldHeaders,
		Version:  version,
		Hostname: cfg.Tagging.ReportHost,
		Contact:  cfg.Tagging.ReportContact,
		Template: cfg.Tagging.Report,
		Width:    cfg.Tagging.ReportWidth,
		Safe:     cfg.Tagging.ReportSafe,
		SafeCopy: cfg.Tagging.CopyHeaders,
		Unsafe:   cfg.Tagging.UnsafeReport,
		Dropping: tag.Dropping{Signed: cfg.Attachment.DropSigned, Note: cfg.Attachment.Note, Orders: cfg.Policy.Attachments},
	}
	if o.Hostname == "" {
		o.Hostname, _ = os.Hostname() // an empty name in a header is no reason to refuse mail
	}
	if cfg.Auth.AddResults {
		o.Authserv, _ = os.Hostname()
		o.Believed = cfg.Auth.Believed()
	}
	for _, h := range cfg.Tagging.Headers {
		o.Headers = append(o.Headers, tag.Header(h))
	}
	return o
}
