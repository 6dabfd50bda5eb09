package readmetest

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// section returns the content of a document below a heading of level 2.
func section(t *testing.T, content, heading string) string {
	t.Helper()
	_, part, found := strings.Cut(content, "\n## "+heading+"\n")
	if !found {
		t.Fatalf("no section %q", heading)
	}
	part, _, _ = strings.Cut(part, "\n## ")
	return part
}

// contains fails the test for each of the wanted strings that content lacks.
func contains(t *testing.T, name, content string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(content, want) {
			t.Errorf("%s lacks %q", name, want)
		}
	}
}

// README.md is short. Details belong in the README of a directory.
func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	content := read(t, "README.md")
	if words := len(strings.Fields(content)); words > 1100 {
		t.Errorf("README.md has %d words, want at most 1,100", words)
	}
	contains(t, "README.md", content, "Not affiliated with or endorsed by Alibaba Cloud")
}

// The table of clients names the packages that the adapters and the explorer use, and the
// keys and addresses of the built-in example.
func TestClientRows(t *testing.T) {
	t.Parallel()
	rows := section(t, read(t, "README.md"), "Run the server")
	example := read(t, "server/config/example.yaml")
	contains(t, "the example", example, "testid", "testsecret", "1234567890123", "127.0.0.1:8080", "127.0.0.1:8081")
	for _, row := range []struct{ client, source, name string }{
		{"Node", read(t, "conformance/adapters/node/package.json"), "@alicloud/esa20240910"},
		{"Node", read(t, "conformance/adapters/node/call.mjs"), `import { $OpenApiUtil } from "@alicloud/openapi-core"`},
		{"Python", read(t, "conformance/adapters/python/requirements.in"), "alibabacloud-esa20240910"},
		{"Python", read(t, "conformance/adapters/python/call.py"), "from alibabacloud_tea_openapi.utils_models import Config"},
		{"Go, vendor", read(t, "conformance/adapters/gocore/call.go"), "github.com/alibabacloud-go/darabonba-openapi/v2/client"},
		{"Java", read(t, "server/internal/explorer/page/samples-vendor.js"), "import com.aliyun.teaopenapi.models.Config;"},
	} {
		line := regexp.MustCompile(`(?m)^\| ` + row.client + ` \|.*$`).FindString(rows)
		contains(t, "the row of "+row.client, line, row.name, "testid", "testsecret", "127.0.0.1:8080")
		contains(t, "the source of "+row.client, row.source, row.name)
	}
}

// spec/README.md and the contract have the same values of evidence.
func TestEvidence(t *testing.T) {
	t.Parallel()
	inContract, inTable := map[string]bool{}, map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)evidence: ([a-z-]+)$`).FindAllStringSubmatch(read(t, "spec/common.yaml")+read(t, "spec/operations/applycertificate.yaml"), -1) {
		inContract[found[1]] = true
	}
	for _, found := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(section(t, read(t, "spec/README.md"), "Decisions and evidence"), -1) {
		inTable[found[1]] = true
	}
	if !maps.Equal(inContract, inTable) {
		t.Errorf("the contract has %v, spec/README.md %v", slices.Sorted(maps.Keys(inContract)), slices.Sorted(maps.Keys(inTable)))
	}
}

// Tables of exit codes match the commands' help, counts match the suite, and limits match
// those that the server reports.
func TestFiguresOfCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the commands")
	}
	t.Parallel()
	bin := buildCommands(t)
	s := &session{dir: workspace(t, bin), bin: bin}
	for path, command := range map[string]string{"server/README.md": "esacertd", "conformance/README.md": "esaconform"} {
		_, help, _ := strings.Cut(s.mustRun(t, command+" --help"), "Exit codes:")
		help, _, _ = strings.Cut(help, "\nFlags:")
		table := "| exit code | meaning |\n|---|---|\n"
		for _, row := range regexp.MustCompile(`(?m)^ +(\d+) +(.*)$`).FindAllStringSubmatch(help, -1) {
			table += fmt.Sprintf("| %s | %s |\n", row[1], row[2])
		}
		contains(t, path, read(t, path), table)
	}

	suite := read(t, "conformance/README.md")
	sides := map[string]int{}
	for line := range strings.Lines(s.mustRun(t, "esaconform list")) {
		if fields := strings.Fields(line); len(fields) > 1 {
			sides[fields[1]]++
		}
	}
	contains(t, "conformance/README.md", suite,
		fmt.Sprintf("Its %d cases are data", sides["server"]+sides["client"]+sides["server,client"]),
		fmt.Sprintf("%d are for servers, %d for clients, and %d for both", sides["server"], sides["client"], sides["server,client"]),
		strconv.Itoa(mutants(t))+" deliberate defects")

	_, admin := s.serve(t, "esacertd --listen 127.0.0.1:0 --admin 127.0.0.1:0")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+admin+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	index, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	contains(t, "the admin API's index", string(index), "maximum 10000")
	operation := read(t, "server/README.md")
	contains(t, "server/README.md", operation, "`limit` is at most 10,000", "`nonces.capacity: 20000000`, the default, sustains 19,600 requests/s, or 10,400/s")
	example := s.mustRun(t, "esacertd config example")
	contains(t, "the example", strings.ReplaceAll(example, "\n# ", " "), "sustain 19,600 requests/s, or 10,400/s", "20,000,000", "delay: 5s")
}

// mutants returns the number of mutants in mutants.yaml.
func mutants(t *testing.T) int {
	t.Helper()
	count := 0
	err := filepath.WalkDir(filepath.Join(root, "conformance"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "mutants.yaml" {
			return err
		}
		name, err := filepath.Rel(root, path)
		count = len(regexp.MustCompile(`(?m)^- `).FindAllString(read(t, name), -1))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}
