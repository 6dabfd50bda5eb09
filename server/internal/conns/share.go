package conns

// Shares holds the maximum number of connections of each listener of a process.
type Shares struct {
	API        int
	Admin      int
	Challenges int // of each listener for challenges, HTTP and DNS
}

const (
	maxAPI        = 1000
	maxAdmin      = 64
	maxChallenges = 128

	// unknownDescriptors is assumed if the system's limit cannot be queried.
	unknownDescriptors = 8192

	// Descriptors reserved for the store, the log, the listeners and outgoing
	// connections.
	minReserved = 48
	maxReserved = 512
)

// Divide divides the file descriptors of a process; 0 is an unknown
// number. A quarter is kept for the store, the log and outgoing connections, an
// eighth each for the admin listener and for the listeners for challenges.
func Divide(descriptors uint64) Shares {
	if descriptors == 0 {
		descriptors = unknownDescriptors
	}
	all := int(min(descriptors, 1<<20))
	s := Shares{Admin: min(max(all/8, 1), maxAdmin), Challenges: min(max(all/16, 1), maxChallenges)}
	reserved := min(max(all/4, minReserved), maxReserved)
	s.API = max(all-reserved-s.Admin-2*s.Challenges, 1)
	return s
}

// Default returns the number of connections of the API unless another is
// configured: what the descriptors allow, up to 1,000.
func (s Shares) Default() int { return min(s.API, maxAPI) }
