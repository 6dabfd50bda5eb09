package suite

// rank orders verdicts for Worst. What was judged outranks what was not: a case
// of which one check could not be made, because the server has no journal, say,
// has passed if the others have.
func (v Verdict) rank() int {
	switch v {
	case Errored:
		return 7
	case Failed:
		return 6
	case UnexpectedPass:
		return 5
	case KnownFailure:
		return 4
	case Passed:
		return 3
	case Unsupported:
		return 2
	case NotRun:
		return 1
	}
	// A verdict that nobody knows must not make anything green.
	return 8
}

// isJudgment tells whether there is a judgement.
func (v Verdict) isJudgment() bool { return v != NotRun && v != Unsupported }

// Worst gives the verdict over several: Errored, Failed, UnexpectedPass, KnownFailure,
// Passed, Unsupported, NotRun, in this order. Of none it is NotRun.
func Worst(verdicts ...Verdict) Verdict {
	worst := NotRun
	for _, v := range verdicts {
		if v.rank() > worst.rank() {
			worst = v
		}
	}
	return worst
}

// Judge sets the verdict of a result to the worst of its checks. Without checks
// the verdict stays as it is.
func (r *Result) Judge() {
	if len(r.Checks) > 0 {
		r.Verdict = r.checksVerdict()
	}
}

func (r *Result) checksVerdict() Verdict {
	worst := NotRun
	for _, check := range r.Checks {
		worst = Worst(worst, check.Verdict)
	}
	return worst
}

// Tolerated tells whether a result failed and does not fail the run, because its
// case is of level may.
func (r *Result) Tolerated() bool { return r.Verdict == Failed && r.Level == May }

// Counts counts the verdicts of the results.
func (r *Run) Counts() Counts {
	counts := Counts{}
	for _, result := range r.Results {
		counts[result.Verdict]++
	}
	return counts
}

// ExitCode is how a command that made this run ends. Where several apply, a
// failure comes first, then a stale known failure, then what could not be judged.
func (r *Run) ExitCode() ExitCode {
	var failed, broken, ran bool
	stale := len(r.Unmatched) > 0
	for i := range r.Results {
		result := &r.Results[i]
		switch result.Verdict {
		case Failed:
			failed = failed || !result.Tolerated()
		case UnexpectedPass:
			stale = true
		case Passed, KnownFailure, NotRun, Unsupported:
		default: // Broken, and verdicts that nobody knows
			broken = true
		}
		ran = ran || result.Verdict.isJudgment()
	}
	switch {
	case failed:
		return ExitFailed
	case stale:
		return ExitUnexpectedPass
	case broken:
		return ExitErrored
	case !ran:
		return ExitNothingRan
	}
	return ExitPassed
}
