package suite

// rank orders verdicts for Worst. Judgments outrank missing ones: a case passes if
// its checks pass, except one that the server does not support.
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
	// An unknown verdict must not turn into a pass.
	return 8
}

func (v Verdict) isJudgment() bool { return v != NotRun && v != Unsupported }

// Worst returns the first of Errored, Failed, UnexpectedPass, KnownFailure, Passed,
// Unsupported and NotRun that is among the verdicts, and NotRun if there are none.
func Worst(verdicts ...Verdict) Verdict {
	worst := NotRun
	for _, v := range verdicts {
		if v.rank() > worst.rank() {
			worst = v
		}
	}
	return worst
}

// Judge sets the verdict of a result to the worst of its checks. It keeps the
// verdict of a result without checks.
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

// Tolerated reports whether a result failed but does not fail the run, because its
// case is of level May.
func (r *Result) Tolerated() bool { return r.Verdict == Failed && r.Level == May }

// Counts returns the number of results by verdict.
func (r *Run) Counts() Counts {
	counts := Counts{}
	for _, result := range r.Results {
		counts[result.Verdict]++
	}
	return counts
}

// ExitCode returns the exit code for the run. A failure takes precedence over an
// unexpected pass, and that over an error.
func (r *Run) ExitCode() ExitCode {
	var failed, errored, ran bool
	stale := len(r.Unmatched) > 0
	for i := range r.Results {
		result := &r.Results[i]
		switch result.Verdict {
		case Failed:
			failed = failed || !result.Tolerated()
		case UnexpectedPass:
			stale = true
		case Passed, KnownFailure, NotRun, Unsupported:
		default: // Errored and unknown verdicts
			errored = true
		}
		ran = ran || result.Verdict.isJudgment()
	}
	switch {
	case failed:
		return ExitFailed
	case stale:
		return ExitUnexpectedPass
	case errored:
		return ExitErrored
	case !ran:
		return ExitNothingRan
	}
	return ExitPassed
}
