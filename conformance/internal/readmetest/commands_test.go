package readmetest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// notRun returns the lines that the test does not execute, with the reason. The test
// checks their form.
func notRun() map[string]string {
	const (
		long     = "takes minutes; run by .ci/run"
		network  = "needs the network"
		clients  = "needs the vendor's clients, installed by make adapters"
		adapter  = "needs the reader's adapter"
		filledIn = "needs targets that the reader fills in"
		writes   = "writes into the working tree"
		publish  = "publishes"
	)
	return map[string]string{
		"make demo": "run by .ci/run", "make test": "would run this test", "make build": "the test builds the same commands",
		"make api": long, "make generate": writes, "make check-generate": long, "make lint-spec": network,
		"make conformance": long, "make interop": network, "make flows": network, "make java": network, "make thirdparty": network, "make mutants": long,
		"go run ./.ci/api > .ci/api/api.golden": writes,
		"go get github.com/esacert/esacert":     network,
		"git tag -a v0.1.0 -m v0.1.0":           publish,
		"git push origin v0.1.0":                publish,
		"esaconform server --endpoint http://127.0.0.1:8080 --targets targets.yaml --allow-writes --report html=report.html": filledIn,
		"esaconform client --report html=report.html -- ./my-adapter":                                                        adapter,
		"esaconform client --adapters conformance/adapters/clients.yaml":                                                     clients,
		"(cd conformance/adapters/node && npm ci)":                                                                           network,
		"python3 -m venv bin/venv": writes,
		"bin/venv/bin/pip install --require-hashes -r conformance/adapters/python/requirements-build.txt":                network,
		"bin/venv/bin/pip install --require-hashes --no-build-isolation -r conformance/adapters/python/requirements.txt": network,
		"go test -tags interop -v ./conformance/internal/clientrunner/live":                                              clients,
		"go -C conformance/adapters/gobench run . -check":                                                                clients,
		"go build -o bin/adapters/gosdk ./conformance/adapters/gosdk":                                                    writes,
		"go -C conformance/adapters/gocore build -o ../../../bin/adapters/gocore .":                                      writes,
		"go -C conformance/adapters/golegacy build -o ../../../bin/adapters/golegacy .":                                  writes,
		"go run ./conformance/cmd/esaconform client --adapters conformance/adapters/clients.yaml":                        clients,
		"go -C conformance/adapters/gocore test ./...":                                                                   clients,
		"go -C conformance/adapters/golegacy test ./...":                                                                 clients,
		"(cd conformance/adapters/node && node --test)":                                                                  clients,
		"(cd conformance/adapters/python && ../../../bin/venv/bin/python -B -m unittest)":                                clients,
	}
}

// exitCodes returns the exit codes of the lines that do not exit with 0.
func exitCodes() map[string]int {
	return map[string]int{
		"esacert apply --endpoint http://127.0.0.1:8080 --site-id 4000000000015 --domains www.example.com": 3,
	}
}

// commandLines returns the commands of a block without comments.
func commandLines(b block) []string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(b.body, "\\\n", " ")) {
		line, _, _ = strings.Cut(line, " #")
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// session runs the commands of one section of a document.
type session struct {
	dir, bin   string
	env        []string // lines that set variables
	api, admin string   // addresses of the running server
}

func TestCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the commands")
	}
	t.Parallel()
	bin := buildCommands(t)
	unused := notRun()
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			for _, line := range commandLines(b) {
				delete(unused, line)
			}
		}
	}
	for line, reason := range unused {
		t.Errorf("notRun lists a line that no document has: %s (%s)", line, reason)
	}
	for _, d := range documents(t) {
		t.Run(d.path, func(t *testing.T) {
			t.Parallel()
			s := &session{dir: workspace(t, bin), bin: bin}
			section := ""
			for _, b := range d.blocks {
				if b.language != "sh" {
					continue
				}
				if b.section != section || s.api == "" { // each section starts with a new server
					section = b.section
					s.api, s.admin = s.serve(t, "esacertd --listen 127.0.0.1:0 --admin 127.0.0.1:0")
				}
				for _, line := range commandLines(b) {
					s.run(t, fmt.Sprintf("%s:%d: %s", d.path, b.line, line), line)
				}
			}
		})
	}
}

func buildCommands(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin+string(filepath.Separator),
		"./client/cmd/esacert", "./server/cmd/esacertd", "./conformance/cmd/esaconform", "./conformance/adapters/gosdk")
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, output)
	}
	return bin
}

// workspace returns a directory that looks like a clone of the module, with the commands
// in bin. Commands write their files to it.
func workspace(t *testing.T, bin string) string {
	t.Helper()
	dir := t.TempDir()
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"client", "conformance", "server", "spec", "gen", "go.mod", "go.sum", "Makefile", ".ci"} {
		if err := os.Symlink(filepath.Join(top, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(bin, filepath.Join(dir, "bin")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// command returns a shell command that executes a line with the variables set so far and
// the addresses of the running server.
func (s *session) command(ctx context.Context, line string) *exec.Cmd {
	script := strings.Join(append(append([]string(nil), s.env...), line), "\n")
	if s.api != "" {
		script = strings.NewReplacer("127.0.0.1:8080", s.api, "127.0.0.1:8081", s.admin).Replace(script)
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", script)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + s.bin + string(filepath.ListSeparator) + os.Getenv("PATH"), "HOME=" + s.dir, "XDG_DATA_HOME=" + s.dir}
	if s.admin != "" { // the test does not use the default port of the commands
		cmd.Env = append(cmd.Env, "ESACERTD_ADMIN_URL=http://"+s.admin)
	}
	return cmd
}

// run executes a line, or checks its form. position names it in errors.
func (s *session) run(t *testing.T, position, line string) {
	t.Helper()
	if _, ok := notRun()[line]; ok {
		s.checkForm(t, position, line)
		return
	}
	switch {
	case regexp.MustCompile(`^(export )?[A-Z_]+=`).MatchString(line):
		s.env = append(s.env, line)
		return
	case regexp.MustCompile(`^esacertd( --.*)?$`).MatchString(line):
		s.serve(t, line)
		return
	}
	s.prepare(t, line)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	output, err := s.command(ctx, line).CombinedOutput()
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code, err = exit.ExitCode(), nil
	}
	if err != nil || code != exitCodes()[line] {
		t.Errorf("%s: got exit code %d, want %d (%v)\n%s", position, code, exitCodes()[line], err, output)
	}
}

// prepare creates the files that a line needs.
func (s *session) prepare(t *testing.T, line string) {
	t.Helper()
	if strings.HasPrefix(line, "curl") {
		if _, err := exec.LookPath("curl"); err != nil {
			t.Skip("curl is not installed")
		}
	}
	if !strings.HasPrefix(line, "esacertd applications export") && !strings.HasPrefix(line, "esacertd challenge-name") {
		return
	}
	// Both need a store in a file, and a zone.
	s.storeInFile(t)
}

// storeInFile changes the example configuration to a store in a file, starts a server
// with it, issues a certificate, and stops the server.
func (s *session) storeInFile(t *testing.T) {
	t.Helper()
	key := filepath.Join(s.dir, "export.keys")
	if _, err := os.Stat(key); err == nil {
		return
	}
	s.mustRun(t, "esacertd sealing-key new "+key)
	example := s.mustRun(t, "esacertd config example")
	file := withIssuing(example, "issuing:\n  sealing_key: "+key+"\n  dns: {listen: \"127.0.0.1:0\", zone: acme.example.net, nameservers: [ns.example.org]}\n  local: {}\n")
	file = regexp.MustCompile(`(?m)^store:.*$`).ReplaceAllString(file, "store: "+filepath.Join(s.dir, "esa.db"))
	if err := os.WriteFile(filepath.Join(s.dir, "esacertd.yaml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	api, admin, stop := s.start(t, "esacertd --config esacertd.yaml --listen 127.0.0.1:0 --admin 127.0.0.1:0")
	s.mustRun(t, "export ALIBABA_CLOUD_ACCESS_KEY_ID=testid ALIBABA_CLOUD_ACCESS_KEY_SECRET=testsecret\n"+
		"esacert apply --endpoint http://"+api+" --site-id 1234567890123 --domains www.example.com")
	s.mustRun(t, "esacertd applications wait 30000478 --admin http://"+admin)
	stop()
}

func (s *session) mustRun(t *testing.T, line string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := s.command(t.Context(), line)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", line, err, &stdout, &stderr)
	}
	return stdout.String()
}

// serve starts a server that stops with the test, on free ports.
func (s *session) serve(t *testing.T, line string) (api, admin string) {
	t.Helper()
	api, admin, stop := s.start(t, line)
	t.Cleanup(stop)
	return api, admin
}

func (s *session) start(t *testing.T, line string) (api, admin string, stop func()) {
	t.Helper()
	line = regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(line, "127.0.0.1:0")
	for _, flag := range []string{" --listen", " --admin"} {
		if !strings.Contains(line, flag) {
			line += flag + " 127.0.0.1:0"
		}
	}
	cmd := s.command(t.Context(), "exec "+line)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have stopped already
		_ = cmd.Wait()
	}
	var ready struct{ Listen, Admin string }
	readyLine, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(readyLine, &ready)
	}
	if err != nil {
		stop()
		t.Fatalf("%s: not ready: %v\n%s%s", line, err, readyLine, &stderr)
	}
	trim := func(url string) string { return url[strings.LastIndex(url, "/")+1:] }
	return trim(ready.Listen), trim(ready.Admin), stop
}

// checkForm checks a line that is not executed: the shell can parse it, and its make
// targets, flags, directories and packages exist.
func (s *session) checkForm(t *testing.T, position, line string) {
	t.Helper()
	if output, err := exec.CommandContext(t.Context(), "sh", "-n", "-c", line).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", position, err, output)
	}
	words := strings.Fields(line)
	switch words[0] {
	case "make":
		if !regexp.MustCompile(`(?m)^` + words[1] + `:.*## `).MatchString(read(t, "Makefile")) {
			t.Errorf("%s: the Makefile has no documented target %s", position, words[1])
		}
	case "esacert", "esacertd", "esaconform":
		help := s.mustRun(t, words[0]+" "+words[1]+" --help")
		for _, word := range words {
			if word == "--" {
				break
			}
			if strings.HasPrefix(word, "--") && !regexp.MustCompile(`[ \]]`+strings.SplitN(word, "=", 2)[0]+`\b`).MatchString(help) {
				t.Errorf("%s: %s %s has no flag %s", position, words[0], words[1], word)
			}
		}
	}
	for _, word := range words {
		word = strings.TrimSuffix(strings.TrimPrefix(strings.Trim(word, "()"), "./"), "/...")
		if strings.HasPrefix(word, "conformance/") || strings.HasPrefix(word, ".ci/") {
			if _, err := os.Stat(filepath.Join(root, word)); err != nil {
				t.Errorf("%s: %v", position, err)
			}
		}
	}
}

// withIssuing replaces the section issuing of a configuration.
func withIssuing(configuration, issuing string) string {
	return regexp.MustCompile(`(?m)^issuing:.*\n(?:(?:[ \t#].*)?\n)*`).ReplaceAllString(configuration, "") + "\n" + issuing
}

// Every YAML block is accepted by the command that reads it.
func TestYAML(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the commands")
	}
	t.Parallel()
	bin := buildCommands(t)
	s := &session{dir: workspace(t, bin), bin: bin}
	key := filepath.Join(s.dir, "sealing.keys")
	s.mustRun(t, "esacertd sealing-key new "+key)
	if err := os.WriteFile(filepath.Join(s.dir, "digicert.hmac"), []byte("c2VjcmV0LWtleS1vZi0zMi1ieXRlcy1mb3ItdGVzdHM\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			if b.language != "yaml" {
				continue
			}
			file := filepath.Join(s.dir, "block.yaml")
			line := "esacertd config check " + file
			body := b.body
			switch {
			case strings.HasPrefix(body, "issuing:"):
				body = strings.ReplaceAll(body, "/etc/esacertd/sealing.keys", key)
				body = strings.ReplaceAll(body, "/etc/edge/certificates", s.dir)
				body = withIssuing(s.mustRun(t, "esacertd config example"), body)
			case strings.HasPrefix(body, "- case: "):
				// Exit code 3 reports an unexpected pass; 2 would report an invalid file.
				name, _, _ := strings.Cut(strings.TrimPrefix(body, "- case: "), "\n")
				line = "esaconform client --known " + file + " --run " + name + " --name my-client -- bin/gosdk || test $? -eq 3"
			}
			if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
				t.Fatal(err)
			}
			if output, err := s.command(t.Context(), line).CombinedOutput(); err != nil {
				t.Errorf("%s:%d: %v\n%s", d.path, b.line, err, output)
			}
		}
	}
}
