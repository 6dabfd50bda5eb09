package selftls

// HostNames returns the names that a listener's host adds to the certificate.
func HostNames(host string) (dns []string, ips []string, err error) {
	n, err := hostNames(host)
	for _, address := range n.ips {
		ips = append(ips, address.String())
	}
	return n.dns, ips, err
}
