package main

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"asterism/bench/trec/metrics"
)

// plotROC draws the curves on logarithmic axes, as the track does: what matters is the corner.
func plotROC(name string, results []result) error {
	p := plot.New()
	p.X.Label.Text = "ham misclassified, %"
	p.Y.Label.Text = "spam misclassified, %"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = floor, 100, floor, 100
	p.Legend.Top = true
	p.Add(plotter.NewGrid())
	for _, curve := range []struct {
		name string
		by   view
		line color.Color
	}{
		{"Bayes evidence", byBayes, color.RGBA{R: 0x1f, G: 0x4e, B: 0x9e, A: 0xff}},
		{"tests alone", byTests, color.RGBA{R: 0x60, G: 0x60, B: 0x60, A: 0xff}},
		{"full score", byScore, color.RGBA{R: 0xc0, G: 0x50, B: 0x20, A: 0xff}},
	} {
		line, err := plotter.NewLine(points(metrics.ROC(outcomes(results, curve.by))))
		if err != nil {
			return err
		}
		line.StepStyle = plotter.PostStep
		line.Color = curve.line
		line.Width = vg.Points(1.5)
		p.Add(line)
		p.Legend.Add(curve.name, line)
	}
	return p.Save(14*vg.Centimeter, 14*vg.Centimeter, name)
}

// floor is the smallest rate shown, in percent: a logarithmic axis has no zero.
const floor = 0.01

// points returns the curve's corners, up to where no spam is missed any more.
func points(curve []metrics.Point) plotter.XYs {
	var xy plotter.XYs
	for i, c := range curve {
		if i > 0 && i+1 < len(curve) && c.HamMissed == curve[i-1].HamMissed && c.HamMissed == curve[i+1].HamMissed {
			continue
		}
		xy = append(xy, plotter.XY{X: math.Max(100*c.HamMissed, floor), Y: math.Max(100*c.SpamMissed, floor)})
		if c.SpamMissed == 0 {
			break
		}
	}
	return xy
}
