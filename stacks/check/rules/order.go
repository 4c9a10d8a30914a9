package rules

import (
	"slices"
	"strings"
)

// follows tells whether CloudFormation makes another resource of the same
// template first: for a DependsOn, or a reference, of this or of one between.
func (r *Resource) follows(other *Resource) bool {
	seen := map[*Resource]bool{r: true}
	for queue := []*Resource{r}; len(queue) > 0; queue = queue[1:] {
		for _, next := range queue[0].needs() {
			if next == other {
				return true
			}
			if !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	return false
}

// needs are the resources of the template that are made before this one.
func (r *Resource) needs() (needed []*Resource) {
	for _, id := range r.DependsOn {
		if other := r.Stack.byID[id]; other != nil {
			needed = append(needed, other)
		}
	}
	walk(r.Properties, "", func(_ string, value any) {
		if function, ok := value.(map[string]any); ok && isIntrinsic(function) {
			for _, other := range r.Stack.targets(function) {
				if other.Stack == r.Stack {
					needed = append(needed, other)
				}
			}
		}
	})
	return needed
}

// isIntrinsic tells an intrinsic function from a value.
func isIntrinsic(value map[string]any) bool {
	for name := range value {
		return len(value) == 1 && (name == "Ref" || strings.HasPrefix(name, "Fn::"))
	}
	return false
}

// walk visits a value and all that it holds, each with its path.
func walk(value any, path string, visit func(path string, value any)) {
	visit(path, value)
	switch value := value.(type) {
	case map[string]any:
		for key, held := range value {
			walk(held, strings.TrimPrefix(path+"."+key, "."), visit)
		}
	case []any:
		for _, held := range value {
			walk(held, path, visit)
		}
	}
}

// follows tells whether a stack is deployed after another.
func (s *Stack) follows(other *Stack) bool {
	seen := map[string]bool{}
	for queue := slices.Clone(s.DependsOn); len(queue) > 0; queue = queue[1:] {
		if queue[0] == other.Name {
			return true
		}
		if next := s.set.stack(queue[0]); next != nil && !seen[queue[0]] {
			seen[queue[0]] = true
			queue = append(queue, next.DependsOn...)
		}
	}
	return false
}
