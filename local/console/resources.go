package console

// Resources are what was read from the templates, in the order in which they
// are shown.
type Resources struct {
	Stage  string   `json:"stage"`
	Hosts  []string `json:"hosts"` // as they are deployed
	Stacks []Stack  `json:"stacks"`
}

// Stack is one stack and what of it is served.
type Stack struct {
	Name     string   `json:"name"`
	Region   string   `json:"region"`
	Groups   []Group  `json:"groups"`
	Unserved []string `json:"unserved"` // what is not served here, each with the reason
}

// Group is a table of resources of one kind.
type Group struct {
	Title   string   `json:"title"`
	Note    string   `json:"note"` // what is said of all of them; may be empty
	Columns []string `json:"columns"`
	Rows    []Row    `json:"rows"`
}

// Row is one resource.
type Row struct {
	Cells    []string `json:"cells"`
	Function string   `json:"function,omitempty"` // its name, where the row is one whose environments are shown
	Queue    string   `json:"queue,omitempty"`    // its ARN, where the row is one whose messages are shown
}

// Messages are how many messages of a queue there are.
type Messages struct {
	Waiting int `json:"waiting"`
	Hidden  int `json:"hidden"` // received and not deleted, or not to be received yet
}

// Environments are how many execution environments of a function there are.
type Environments struct {
	Idle        int `json:"idle"`
	Busy        int `json:"busy"`
	Provisioned int `json:"provisioned"` // as many are always ready
}
