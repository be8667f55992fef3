package rules

import (
	"testing"

	"asterism/config"
	"asterism/data"
)

// BenchmarkCompile is what a start with the shipped rules costs.
func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		cfg, _ := config.Load(config.Sources{Defaults: data.Default()})
		Compile(cfg, nil)
	}
}
