package aws

import (
	"fmt"
	"regexp"
	"strings"
)

// Filter is an --exclude or --include of `aws s3 sync`.
type Filter struct {
	Include bool
	Pattern *regexp.Regexp
}

// filters are the exclusions and then the inclusions, as CDK's handler passes
// them.
func filters(exclude, include []string) ([]Filter, error) {
	var list []Filter
	for i, pattern := range append(append([]string(nil), exclude...), include...) {
		compiled, err := glob(pattern)
		if err != nil {
			return nil, err
		}
		list = append(list, Filter{Include: i >= len(exclude), Pattern: compiled})
	}
	return list, nil
}

// included says whether a file, by its path below the source with slashes, is
// part of the deployment: the last filter that matches decides. A file that
// is not is neither uploaded nor pruned.
func included(list []Filter, name string) bool {
	in := true
	for _, f := range list {
		if f.Pattern.MatchString(name) {
			in = f.Include
		}
	}
	return in
}

// glob compiles a pattern of the AWS CLI, which are those of Python's fnmatch:
// * is anything, also over slashes, ? one character, [ab] one of a set and
// [!ab] one that is not in it. A [ without its ] is itself.
func glob(pattern string) (*regexp.Regexp, error) {
	var expression strings.Builder
	expression.WriteString(`(?s)\A`)
	for rest := []rune(pattern); len(rest) > 0; {
		length := 1
		switch rest[0] {
		case '*':
			expression.WriteString(`.*`)
		case '?':
			expression.WriteString(`.`)
		case '[':
			if end := setEnd(rest); end > 0 {
				expression.WriteString(set(string(rest[1:end])))
				length = end + 1
				break
			}
			fallthrough
		default:
			expression.WriteString(regexp.QuoteMeta(string(rest[0])))
		}
		rest = rest[length:]
	}
	expression.WriteString(`\z`)
	compiled, err := regexp.Compile(expression.String())
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	return compiled, nil
}

// setEnd is where the ] is that ends the set at the beginning of the pattern,
// or 0. Directly after [ or [! it is one of the set.
func setEnd(pattern []rune) int {
	i := 1
	if i < len(pattern) && pattern[i] == '!' {
		i++
	}
	for i++; i < len(pattern); i++ {
		if pattern[i] == ']' {
			return i
		}
	}
	return 0
}

func set(members string) string {
	members, negated := strings.CutPrefix(members, "!")
	members = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, `^`, `\^`).Replace(members)
	if negated {
		return "[^" + members + "]"
	}
	return "[" + members + "]"
}
