package config

import "slices"

// pluginOptions returns the tables of what SpamAssassin has plug-ins for, and Asterism a package or a few functions.
func pluginOptions() []option {
	return slices.Concat(spoofOptions(), languageOptions(), geoOptions(), phishOptions(), linkOptions(), senderOptions())
}
