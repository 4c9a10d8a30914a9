package iam

import "testing"

// Whatever a policy says, it must parse or be refused without a panic, a deny
// of everything must win over it, and a statement that cannot be judged must
// change nothing.
func FuzzPolicy(f *testing.F) {
	f.Add([]byte(`{"Statement":[{"Effect":"Allow","Action":["s3:Get*"],"NotResource":"x","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}`), "s3:GetObject", "arn:aws:s3:::b/k")
	f.Add([]byte(`{"Statement":{"Effect":"Deny","NotAction":"s3:*","Resource":"*","Principal":{"AWS":["*"],"Service":"x"}}}`), "dynamodb:Query", "*")
	f.Add([]byte(`{"Statement":{"Effect":"Allow","Action":"*","Resource":[{},"a"]}}`), "a", "a")
	deny := parse(f, `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)
	f.Fuzz(func(t *testing.T, document []byte, action, resource string) {
		p, err := Parse(document)
		if err != nil {
			return
		}
		r := Request{Principal: role, Action: action, Resource: resource, Context: map[string]string{"aws:securetransport": "true"}}
		if got := Evaluate(Policies{Identity: []*Policy{p, deny}}, r); got != IdentityDenies {
			t.Errorf("with a deny of everything: got %d", got)
		}
		judged := &Policy{}
		for _, s := range p.Statements {
			if len(s.Unsupported) == 0 {
				judged.Statements = append(judged.Statements, s)
			}
		}
		policies, without := Policies{Identity: []*Policy{p}, Resource: p}, Policies{Identity: []*Policy{judged}, Resource: judged}
		if got, want := Evaluate(policies, r), Evaluate(without, r); got != want {
			t.Errorf("with statements that cannot be judged: got %d, without %d", got, want)
		}
	})
}
