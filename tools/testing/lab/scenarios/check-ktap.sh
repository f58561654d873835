#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# name: check-ktap
# about: check counts what scenarios report, and what they fail to report
# when: full
# limit: 200
# where: host
set -eu
. tools/testing/lab/scenarios/lib/ktap.sh

plan 46
mkdir "$tmp/scenarios"
export LAB_SCENARIOS=$tmp/scenarios

# counts TEXT EXPECTED: a scenario of this body makes check end with this line
counts() {
	local status=0 last
	{
		printf '# name: one\n# about: a test\n# limit: 3\n# where: host\n'
		cat
	} >"$tmp/scenarios/one.sh"
	tools/testing/check -n one >"$tmp/log" 2>&1 || status=$?
	last=$(tail -n 1 "$tmp/log")
	case "$2, $status" in
	*' 0 failed, '*,\ 0) check_that "$1" [ "$last" = "$2" ] ;;
	*' 0 failed, '*) not_ok "$1 (status $status, $last)" ;;
	*) check_that "$1" [ "$status $last" = "1 $2" ] ;;
	esac
}

counts "results are counted" "2 passed, 0 failed, 1 skipped" <<'END'
echo 1..3; echo ok 1 - a; echo "ok 2 - b # SKIP no device"; echo ok 3
END
counts "a plan may come last" "1 passed, 0 failed, 0 skipped" <<<'echo ok 1 - a; echo 1..1'
counts "a failure is one" "1 passed, 1 failed, 0 skipped" <<'END'
echo 1..2; echo ok 1 - a; echo not ok 2 - b
END
check_that "the end names it again" [ "$(tail -n 2 "$tmp/log" | head -n 1)" = "FAILED  one: b" ]
counts "no output is a failure" "0 passed, 1 failed, 0 skipped" <<<'true'
counts "no plan is a failure" "1 passed, 1 failed, 0 skipped" <<<'echo ok 1 - a'
counts "missing results are failures" "1 passed, 2 failed, 0 skipped" <<<'echo 1..3; echo ok 1 - a'
counts "too many results are a failure" "2 passed, 1 failed, 0 skipped" <<'END'
echo 1..1; echo ok 1 - a; echo ok 2 - b
END
counts "a repeated number is a failure" "1 passed, 1 failed, 0 skipped" <<'END'
echo 1..2; echo ok 1 - a; echo ok 1 - a
END
counts "a bad exit status is a failure" "1 passed, 1 failed, 0 skipped" <<<'echo 1..1; echo ok 1 - a; exit 3'
counts "what the lab ended has no more results" "1 passed, 2 failed, 0 skipped" <<'END'
echo 1..3; echo ok 1 - a; echo "lab: kernel splat in the VM: BUG"; echo "lab: the whole log: x"; exit 121
END
check_that "and the end says why" grep -qxF \
	"FAILED  one: no result for 2 (kernel splat in the VM: BUG)" "$tmp/log"
counts "a command that ends early in a VM as well" "1 passed, 1 failed, 0 skipped" <<'END'
echo "lab: building"; echo "lab: booting x"; echo 1..2; echo ok 1 - a; exit 1
END
check_that "and what the lab did before is no reason" grep -qx "FAILED  one: no result for 2" "$tmp/log"
counts "a skip without a reason is a failure" "0 passed, 1 failed, 0 skipped" <<<'echo 1..1; echo "ok 1 - a # SKIP"'
counts "a skipped plan counts once" "0 passed, 0 failed, 1 skipped" <<<'echo "1..0 # SKIP no device"'
counts "a part that failed fails the whole" "0 passed, 1 failed, 0 skipped" <<'END'
echo 1..1; echo "    not ok 1 - part"; echo ok 1 - whole
END
counts "Bail out! is a failure" "0 passed, 1 failed, 0 skipped" <<<'echo 1..1; echo Bail out! no way'
counts "a scenario that does not end is cut" "1 passed, 1 failed, 0 skipped" <<'END'
echo 1..2; echo ok 1 - a; sleep 1000
END
counts "one that ignores signals as well" "0 passed, 1 failed, 0 skipped" <<'END'
trap '' TERM; echo 1..1; exec >/dev/null 2>&1; while :; do sleep 1; done
END

echo 'echo 1..1; echo ok 1 - a' >"$tmp/scenarios/one.sh"
status=0
tools/testing/check -n one >"$tmp/log" || status=$?
check_that "a file without a header is a failure" \
	[ "$status $(tail -n 1 "$tmp/log")" = "1 0 passed, 1 failed, 0 skipped" ]
status=0
tools/testing/check -n nothing-like-it >"$tmp/log" || status=$?
check_that "a pattern that matches nothing is a failure" \
	[ "$status $(tail -n 1 "$tmp/log")" = "1 0 passed, 0 failed, 0 skipped" ]

# together HEADER-OF-ONE: one waits for two to begin, two ends when one has ended
together() {
	rm -f "$tmp"/begun-*
	{
		printf '# name: one\n# about: a test\n# limit: 20\n# where: host\n%s' "$1"
		echo 'echo 1..1; touch '"$tmp"'/begun-one; sleep 2'
		echo '[ ! -e '"$tmp"'/begun-two ] || echo ok 1 - met'
	} >"$tmp/scenarios/one.sh"
	{
		printf '# name: two\n# about: a test\n# limit: 20\n# where: host\n'
		echo 'touch '"$tmp"'/begun-two; echo 1..1; echo ok 1 - two'
	} >"$tmp/scenarios/two.sh"
	tools/testing/check -n one two >"$tmp/log" 2>&1
	tail -n 1 "$tmp/log"
}
check_that "scenarios run at the same time" [ "$(together '')" = "2 passed, 0 failed, 0 skipped" ]
check_that "but not beside one that says alone" \
	[ "$(together '# alone: it says so
')" = "1 passed, 1 failed, 0 skipped" ]
cp "$tmp/scenarios/two.sh" "$tmp/scenarios/two-more.sh"
sed -i 's/name: two/name: two-more/' "$tmp/scenarios/two-more.sh"
tools/testing/check -n two >"$tmp/log"
check_that "a whole name means this one only" \
	[ "$(tail -n 1 "$tmp/log")" = "1 passed, 0 failed, 0 skipped" ]
sed -i '/^# about/i# when: named' "$tmp/scenarios/two-more.sh"
tools/testing/check -n 'tw*' >"$tmp/log"
check_that "one that wants to be named is no match of a pattern" \
	[ "$(tail -n 1 "$tmp/log")" = "1 passed, 0 failed, 0 skipped" ]
sed -i 's/^# when: named/# when: full/' "$tmp/scenarios/two-more.sh"
# names [OPTION] [PATTERN]: of what is run
names() { tools/testing/check -n "$@" | tee "$tmp/log" | awk '/: done after/ { sub(":", "", $3); print $3 }' | sort | xargs; }
sed -i '/^# alone/d' "$tmp/scenarios/one.sh"
check_that "one of a full check is a match of a pattern" [ "$(names 'tw*')" = "two two-more" ]
check_that "without a pattern it is left out" [ "$(names)" = "one two" ]
check_that "and named" grep -q 'make check ALL=1 runs them too: two-more$' "$tmp/log"
check_that "unless all are asked for" [ "$(names -a)" = "one two two-more" ]
check_that "or these alone" [ "$(names -r)" = two-more ]

# begun: of one and two, which may take as long and twice as long, the first
begun() {
	env "$@" CHECK_JOBS=1 tools/testing/check -n one two |
		awk '/: a test$/ && !n++ { sub(":", "", $3); print $3 }'
}
sed -i 's/^# limit: 20/# limit: 40/' "$tmp/scenarios/two.sh"
check_that "one that may take longer is begun first" [ "$(begun)" = two ]
check_that "but for one that is asked for" [ "$(begun CHECK_FIRST=one)" = one ]
check_that "or a seed has another order" [ "$(begun CHECK_SEED=5)" = one ]
check_that "where it is kept who has run, one that has not is first" \
	[ "$(mkdir "$tmp/done" && touch "$tmp/done/two" && begun CHECK_DONE="$tmp/done")" = one ]
check_that "then the one that ran longest ago" \
	[ "$(touch -d yesterday "$tmp/done/one" && begun CHECK_DONE="$tmp/done")" = one ]
check_that "and these have run now" [ -z "$(find "$tmp/done" -mmin +60)" ]

status=0
CHECK_UNTIL=0 tools/testing/check -n two >"$tmp/log" || status=$?
check_that "what finds no time left is skipped" \
	[ "$status $(tail -n 1 "$tmp/log")" = "0 0 passed, 0 failed, 1 skipped" ]
check_that "and named" grep -q 'no time was left to begin them: two$' "$tmp/log"
check_that "check -p runs nothing" \
	sh -c '[ -z "$(tools/testing/check -np two)" ]'

# limits KERNEL...: of a scenario in a VM of each, with boot and end; inside
printf '# name: one\n# about: a test\n# limit: 100\n# where: vm\n' >"$tmp/scenarios/one.sh"
limits() {
	PYTHONPATH=tools/testing/lab/lib /usr/bin/python3 -B -c '
import sys
from scenario import Scenario
for kernel in sys.argv[2:]:
    one = Scenario(sys.argv[1], kernel)
    command = one.command()
    print(one.limit(), command[command.index("-t") + 1])' "$tmp/scenarios/one.sh" "$@" | xargs
}
check_that "a debug kernel has four times as long" \
	[ "$(LAB_PATIENCE=1 LAB_BOOT=0 limits 7.3 7.3-debug)" = "340 100 1360 400" ]
check_that "a machine with much else to do three times" \
	[ "$(LAB_PATIENCE=3 LAB_BOOT=0 limits 7.3)" = "1020 300" ]
sed -i 's/^# where/# passes: ONE TWO\n&/' "$tmp/scenarios/one.sh"
passed() {
	PYTHONPATH=tools/testing/lab/lib /usr/bin/python3 -B -c '
import sys
from scenario import Scenario
print(" ".join(Scenario(sys.argv[1]).command()))' "$tmp/scenarios/one.sh" | grep -o -- '-e [A-Z=0-9]*'
}
check_that "a variable that a scenario names goes into its VM, no other" \
	[ "$(TWO=2 THREE=3 passed)" = "-e TWO=2" ]
check_that "a VM that may boot longer has it" [ "$(LAB_PATIENCE=1 LAB_BOOT=600 limits 7.3)" = "940 100" ]

printf '# name: one\n# about: a test\n# limit: 99\n# where: host\nsleep 98\n' >"$tmp/scenarios/one.sh"
status=0
timeout -s TERM 3 tools/testing/check -n one two >"$tmp/log" || status=$?
check_that "an interruption ends it, and is a failure" \
	grep -qxE '1 passed, [1-9] failed, 0 skipped' "$tmp/log"
check_that "and leaves nothing running" bash -c '! pgrep -fx "sleep 98"'
