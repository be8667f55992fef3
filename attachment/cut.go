package attachment

import "slices"

// Cut is an attached part to be dropped, or that decides about its mail, and why.
type Cut struct {
	Leaf int   // index among the mail's leaves
	File *File // attached, or inside an attached file
	When string
}

// Why returns the file and the condition it meets.
func (c Cut) Why() string { return c.File.Path() + " (" + c.When + ")" }

// Cuts returns the files for which an order's condition holds, of each attached part the first.
func (c *Contents) Cuts(o Order) []Cut {
	if c == nil {
		return nil
	}
	var cuts []Cut
	for _, f := range c.Files {
		if (len(cuts) == 0 || cuts[len(cuts)-1].Leaf != f.Leaf) && o.When.Match(f) {
			cuts = append(cuts, Cut{Leaf: f.Leaf, File: f, When: o.When.String()})
		}
	}
	return cuts
}

// Merge returns cuts in the order of the leaves, of each leaf the first.
func Merge(cuts []Cut) []Cut {
	slices.SortStableFunc(cuts, func(a, b Cut) int { return a.Leaf - b.Leaf })
	return slices.CompactFunc(cuts, func(a, b Cut) bool { return a.Leaf == b.Leaf })
}
