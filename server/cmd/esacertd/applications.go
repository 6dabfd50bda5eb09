package main

type applicationsCmd struct {
	List   listCmd   `cmd:"" default:"withargs" help:"List applications, oldest first."`
	Show   showCmd   `cmd:"" help:"Show an application: state, attempts, the last problem, the certificate."`
	Wait   waitCmd   `cmd:"" help:"Wait until an application is Issued or Failed."`
	Verify verifyCmd `cmd:"" help:"Check the certificate of an application against a root."`
	Export exportCmd `cmd:"" help:"Write an application's certificate and private key to files. Needs a server that stores in a file."`
	Cancel cancelCmd `cmd:"" help:"Cancel an application that is Applying: its status becomes Failed and its quota is released."`
}

// adminFlag is the address of a running server.
type adminFlag struct {
	Admin string `env:"ESACERTD_ADMIN_URL" required:"" placeholder:"URL" help:"Address of the administration, as the ready line gives it."`
}
