package rules

var lambda = []Rule{
	{
		ID:     "AX075",
		Title:  "the function's timeout is none that Lambda takes",
		Fix:    "give it 1 to 900 seconds",
		Source: "Lambda, Configure Lambda function timeout",
		check:  each(timeout, functionType),
	},
	{
		ID:     "AX076",
		Title:  "the function's environment is larger than 4 KB",
		Fix:    "keep large values in a parameter or an object, and name that in the environment",
		Source: "Lambda, Lambda quotas",
		check:  each(environmentSize, functionType),
	},
	{
		ID:     "AX077",
		Title:  "the policy of those who may call the function grows beyond 20 KB",
		Fix:    "grant an API once for all its routes, with a SourceArn that ends in /*",
		Source: "Lambda, Lambda quotas",
		check:  policySize,
	},
}

func timeout(r *Resource) []Finding {
	seconds, ok := r.number("Timeout")
	if !ok || seconds >= 1 && seconds <= 900 {
		return nil
	}
	return []Finding{r.finding("Timeout", "%v seconds", seconds)}
}

// environmentSize takes what is not known yet to be as long as its placeholder,
// which names the stack and the resource, as most names do.
func environmentSize(r *Resource) []Finding {
	variables, _ := r.property("Environment", "Variables").(map[string]any)
	size := 0
	for name, value := range variables {
		size += len(name) + len(r.Stack.Text(value))
	}
	if size <= 4*1024 {
		return nil
	}
	return []Finding{r.finding("Environment.Variables", "%d bytes", size)}
}

// statementSize is about what one permission takes of a policy.
const statementSize = 400

// policySize counts the permissions of each function, version and alias: each
// has a policy of its own.
func policySize(set *Set) (findings []Finding) {
	counts := map[*Resource]int{}
	for _, permission := range set.all(permissionType) {
		called := permission.target("FunctionName")
		if called == nil {
			continue
		}
		counts[called]++
		if counts[called] == 20*1024/statementSize+1 {
			findings = append(findings, called.finding("", "with %s, its permissions take more than %d statements of %d bytes",
				permission.Path, counts[called]-1, statementSize))
		}
	}
	return findings
}
