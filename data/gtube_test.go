package data_test

import (
	"testing"

	"asterism/config"
	"asterism/data"
	"asterism/message"
	"asterism/network"
	"asterism/rules"
)

// TestGTUBE: the line that filters are tried with makes a message spam by itself.
func TestGTUBE(t *testing.T) {
	cfg, _ := config.Load(config.Sources{Defaults: data.Default()})
	set, _ := rules.Compile(cfg, network.Functions())
	mail := sample{body: "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n"}
	scan := set.Begin(message.Parse(mail.message()), &rules.Envelope{})
	scan.RunLocal()
	score := 0.0
	for _, h := range scan.Finish() {
		score += h.Score
	}
	if score < 900 {
		t.Errorf("GTUBE scores %.1f", score)
	}
}
