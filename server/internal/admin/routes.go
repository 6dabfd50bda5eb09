package admin

import (
	"net/http"
	"slices"
	"time"
)

// routes returns the table of the API.
func (h handler) routes() []route {
	root := returns[[]Endpoint](get("/", `What there is: this list. Errors are {"error": "…"}.`))
	all := slices.Concat([]route{root}, h.state(), h.stored(), h.testing())
	all[0].serve = root.by(index(all)).serve
	return all
}

// state returns the routes for monitoring and for changing the process.
func (h handler) state() []route {
	return []route{
		returns[status](get("/healthz", "200 while the process runs.")).by(func(w http.ResponseWriter, _ *http.Request) {
			write(w, http.StatusOK, status{Status: "ok"})
		}),
		returns[readyJSON](get("/readyz", `200 if calls can be processed, else 503 with "error"; "warning" if some of them are rejected.`)).by(h.ready),
		get("/metrics", "Metrics in Prometheus' text format.").returnsText("text/plain; version=0.0.4; charset=utf-8").by(h.Server.Metrics().Handler().ServeHTTP),
		returns[[]Entry](get("/journal", "The last requests, oldest first.",
			stringParameter("request_id", "only this request"), stringParameter("rule", "only requests decided by this rule, for example SiteNotFound"),
			number("after", "only entries with a greater number"), number("limit", "the newest N entries; default and maximum 10000"),
		)).forPages().withQuery(h.journal),
		returns[Nonces](get("/nonces", "The memory of used nonces, and up to when nonces were forgotten.")).by(h.nonces),
		returns[LoweredHorizon](post("/nonces/lower", "Accepts requests of the present again after the clock was ahead; they could then be sent twice.")).by(h.lowerNonces),
		returns[reloadedJSON](post("/reload", "Reads the configuration file again. Accounts, policies, sites, scenarios and some other keys are taken over.")).by(h.reload),
	}
}

// stored returns the routes for applications and certificates.
func (h handler) stored() []route {
	return []route{
		returns[[]Application](get("/applications", "What is stored, oldest first.",
			stringParameter("account", "only of this account"), number("site_id", "only of this site"), stringParameter("domain", "only of this name"),
			oneOf("status", "only in this status", statuses()),
			number("after", "only with a greater ID"), number("limit", "at most N; default 100, maximum 10000"),
		)).forPages().withQuery(h.applications).needing(h.requireJobs),
		returns[Application](get("/applications/{id}", "One application.")).forPages().by(h.application).needing(h.requireJobs),
		get("/applications/{id}/chain", "Its certificate and those above it.").returnsText("application/pem-certificate-chain").forPages().by(h.chain).needing(h.requireJobs),
		returns[Application](post("/applications/{id}/cancel", "Ends one that is Applying: it becomes Canceled, and its quota is released.")).by(h.cancel).needing(h.requireJobs),
		returns[usageJSON](get("/usage", "What a plan and a site have taken.",
			stringParameter("account", "account ID"), stringParameter("plan", "plan of the account"), stringParameter("family", "certificate family"), number("site_id", "site ID"),
		)).withQuery(h.usage),
		get("/https/root", "Root of the server's own HTTPS certificate.").returnsText(contentPEM).by(h.httpsRoot),
	}
}

// testing returns the routes for fault injection.
func (h handler) testing() []route {
	return []route{
		returns[[]scenarioJSON](get("/scenarios", "Pending scenarios, in order.")).by(h.listScenarios),
		accepts(returns[scenarioJSON](post("/scenarios", "Sets the response to the next calls: an error of the contract, or a fault.")),
			"scenario", scenarioJSON{Row: "QuotaExceeded", Times: 2}, h.addScenario),
		remove("/scenarios", "Drops them.").by(h.clearScenarios),
		get("/authority/root", "Root of the embedded authority.").returnsText(contentPEM).by(h.root).needing(h.requireAuthority),
		returns[[]ruleJSON](get("/authority/rules", "Fault rules of the embedded authority.")).by(h.listRules).needing(h.requireAuthority),
		accepts(returns[ruleJSON](post("/authority/rules", "Makes the embedded authority misbehave: exactly one of refuse, slow and unreachable.")),
			"rule", ruleJSON{Name: "www.example.com", Slow: duration(time.Minute)}, h.addRule).needing(h.requireAuthority),
		remove("/authority/rules", "The embedded authority behaves again.").by(h.clearRules).needing(h.requireAuthority),
	}
}

func stringParameter(name, description string) Parameter {
	return Parameter{Name: name, Type: typeString, Description: description}
}

func number(name, description string) Parameter {
	return Parameter{Name: name, Type: typeInteger, Description: description}
}

func oneOf(name, description string, values []string) Parameter {
	return Parameter{Name: name, Type: typeString, Description: description, Values: values}
}

const contentPEM = "application/x-pem-file"
