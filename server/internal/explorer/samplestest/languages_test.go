//go:build e2e

package samplestest

import (
	"os"
	"path/filepath"
	"testing"
)

const installHint = "the vendor's client is not installed, run make adapters"

// language runs a sample in one language as printed.
type language struct {
	id  string
	run func(*testing.T, sample) output
}

func languages() []language {
	all := []language{{"esacert", runSDK}, {"go", runGoCore}, {"node", runNode}, {"python", runPython}, {"curl", runCurl}}
	if os.Getenv(aliyunVariable) != "" {
		all = append(all, language{"aliyun", runAliyun})
	}
	return all
}

func runSDK(t *testing.T, s sample) output {
	dir := t.TempDir()
	root := repository(t)
	copyFile(t, filepath.Join(root, "go.sum"), filepath.Join(dir, "go.sum"))
	s.save(t, dir)
	goRun(t, dir, "mod", "init", "example")
	goRun(t, dir, "mod", "edit", "-require=github.com/esacert/esacert@v0.0.0", "-replace=github.com/esacert/esacert="+root)
	goRun(t, dir, "build", "-mod=mod", "-o", os.DevNull, ".") // fetches the modules missing in go.mod
	return execute(t, dir, dir, "bash", s.Run)
}

func runGoCore(t *testing.T, s sample) output {
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		copyFile(t, filepath.Join(repository(t), "conformance/adapters/gocore", name), filepath.Join(dir, name))
	}
	s.save(t, dir)
	goRun(t, dir, "build", "-o", os.DevNull, ".")
	return execute(t, dir, dir, "bash", s.Run)
}

func runNode(t *testing.T, s sample) output {
	dir := t.TempDir()
	modules := need(t, filepath.Join(repository(t), "conformance/adapters/node/node_modules"), installHint)
	link(t, modules, filepath.Join(dir, "node_modules"))
	s.save(t, dir)
	return execute(t, dir, dir, "bash", s.Run)
}

func runPython(t *testing.T, s sample) output {
	dir := t.TempDir()
	python := need(t, filepath.Join(repository(t), "bin/venv/bin/python3"), installHint)
	s.save(t, dir)
	return execute(t, dir, filepath.Dir(python), "bash", s.Run)
}

func runCurl(t *testing.T, s sample) output {
	tool(t, "curl", "install curl")
	dir := t.TempDir()
	s.save(t, dir)
	return execute(t, dir, dir, "sh", s.Code)
}
