package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"asterism/listen"
)

// flag sets a switch: 0, 1, no, yes, off, on, false, true.
func flag(field func(*Config) *bool) setter {
	return func(c *Config, value string) error {
		switch strings.ToLower(value) {
		case "1", "yes", "on", "true":
			*field(c) = true
		case "0", "no", "off", "false":
			*field(c) = false
		default:
			return fmt.Errorf("%q is neither 0 nor 1", value)
		}
		return nil
	}
}

// whole sets an integer from low to high.
func whole(low, high int, field func(*Config) *int) setter {
	return func(c *Config, value string) error {
		n, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", value)
		}
		if n < low || n > high {
			return fmt.Errorf("%d is not between %d and %d", n, low, high)
		}
		*field(c) = n
		return nil
	}
}

// count sets an integer that is not negative.
func count(field func(*Config) *int) setter { return whole(0, math.MaxInt32, field) }

// number sets a finite real number.
func number(field func(*Config) *float64) setter {
	return func(c *Config, value string) error {
		n, err := parseNumber(value)
		if err != nil {
			return err
		}
		*field(c) = n
		return nil
	}
}

// socket sets an address in sendmail's notation; an empty value is none.
func socket(field func(*Config) *listen.Address) setter {
	return func(c *Config, value string) (err error) {
		*field(c) = listen.Address{}
		if value != "" {
			*field(c), err = listen.Parse(value)
		}
		return err
	}
}

func parseNumber(value string) (float64, error) {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || strings.ContainsAny(value, "xXpP_") {
		return 0, fmt.Errorf("%q is not a number", value)
	}
	return n, nil
}

// size sets a number of bytes; K, M and G multiply by powers of 1,024.
func size(field func(*Config) *int64) setter {
	return func(c *Config, value string) error {
		digits, unit := value, int64(1)
		if value != "" {
			if i := strings.IndexByte("KMG", value[len(value)-1]&^0x20); i >= 0 {
				digits, unit = value[:len(value)-1], 1<<(10*(i+1))
			}
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/unit {
			return fmt.Errorf("%q is not a size in bytes, such as 102400 or 100K", value)
		}
		*field(c) = n * unit
		return nil
	}
}

// seconds sets a time: a number of seconds or one with a unit s, m, h, d or w.
func seconds(field func(*Config) *time.Duration) setter {
	return func(c *Config, value string) error {
		d, err := parseSeconds(value)
		if err == nil {
			*field(c) = d
		}
		return err
	}
}

func parseSeconds(value string) (time.Duration, error) {
	digits, unit := value, time.Second
	if value != "" {
		switch value[len(value)-1] | 0x20 {
		case 's':
			digits = value[:len(value)-1]
		case 'm':
			digits, unit = value[:len(value)-1], time.Minute
		case 'h':
			digits, unit = value[:len(value)-1], time.Hour
		case 'd':
			digits, unit = value[:len(value)-1], 24*time.Hour
		case 'w':
			digits, unit = value[:len(value)-1], 7*24*time.Hour
		}
	}
	n, err := parseNumber(digits)
	if err != nil || n < 0 || n > float64(math.MaxInt64/2)/float64(unit) {
		return 0, fmt.Errorf("%q is not a time, such as 10, 2.5 or 3h", value)
	}
	return time.Duration(n * float64(unit)), nil
}

// text sets a word or sentence; quotes around it are removed.
func text(field func(*Config) *string) setter {
	return func(c *Config, value string) error {
		*field(c) = unquote(value)
		return nil
	}
}

// oneOf sets one of the given words.
func oneOf(field func(*Config) *string, words ...string) setter {
	return func(c *Config, value string) error {
		for _, w := range words {
			if strings.EqualFold(value, w) {
				*field(c) = w
				return nil
			}
		}
		return fmt.Errorf("%q is none of %s", value, strings.Join(words, ", "))
	}
}

// words appends the line's words.
func words(field func(*Config) *[]string) setter {
	return func(c *Config, value string) error {
		if value == "" {
			return errors.New("needs a value")
		}
		*field(c) = append(*field(c), strings.Fields(value)...)
		return nil
	}
}

// replaceWords sets a list to the line's words, replacing what earlier lines said.
func replaceWords(field func(*Config) *[]string) setter {
	return func(c *Config, value string) error {
		*field(c) = strings.Fields(value)
		return nil
	}
}

// replaceLower is replaceWords in lower case.
func replaceLower(field func(*Config) *[]string) setter {
	set := replaceWords(field)
	return func(c *Config, value string) error { return set(c, strings.ToLower(value)) }
}

// clearWords empties the list; a value is an error.
func clearWords(field func(*Config) *[]string) setter {
	return func(c *Config, value string) error {
		*field(c) = nil
		return noValue(value)
	}
}

// networks appends addresses and networks to a list.
func networks(field func(*Config) *Networks) setter {
	return func(c *Config, value string) error {
		if value == "" {
			return errors.New("needs an address or network")
		}
		for w := range strings.FieldsSeq(strings.ReplaceAll(value, ",", " ")) {
			if err := field(c).add(w); err != nil {
				return err
			}
		}
		return nil
	}
}

// clearNetworks empties a list of networks.
func clearNetworks(field func(*Config) *Networks) setter {
	return func(c *Config, value string) error {
		*field(c) = Networks{}
		return noValue(value)
	}
}

func noValue(value string) error {
	if value != "" {
		return fmt.Errorf("takes no value, but has %q", value)
	}
	return nil
}

// unquote removes one pair of double or single quotes around a text.
func unquote(s string) string {
	if n := len(s); n >= 2 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] {
		return s[1 : n-1]
	}
	return s
}
