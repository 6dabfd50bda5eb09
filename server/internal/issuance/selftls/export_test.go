package selftls

// HostNames returns what a listener's host adds to the names of the certificate.
func HostNames(host string) (dns []string, ips []string, err error) {
	n, err := hostNames(host)
	for _, address := range n.ips {
		ips = append(ips, address.String())
	}
	return n.dns, ips, err
}
