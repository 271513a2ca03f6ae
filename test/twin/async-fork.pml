/* The core of Async-fork once more, in Promela, by hand: what happens is taken from the published protocol and from
 * what Linux does, which steps are separate and what a thread remembers from model/, none of it by translation.
 * twin.test.ts has SPIN explore it and compares what comes out with what forkcheck says of its own model.
 *
 * One `d_step` is one atomic step: guard, arrow, effect. Program counters and registers are global variables and
 * every proctype is one loop, so a state consists of the variables of machine.pml and of nothing else. Labels in
 * comments: D what fork does in Linux, W its copy-on-write; F fork, C the child's copier, S the copying of one table.
 *
 * The scenario comes first, as definitions (scenario.ts says which). */

#include "mutants.pml"
#include "machine.pml"

active [THREADS] proctype thread() {
end:
  do
#include "linux.pml"
#include "fork.pml"
#include "copy.pml"
#include "copier.pml"
  od
}

/* Somebody outside. */
active proctype killer() {
end:
  do
  :: d_step { KILL_CHILD && !killed[CHILD] && users[CHILD] > 0 && fork_result == 1 -> killed[CHILD] = 1 }
  :: d_step { KILL_PARENT && !killed[PARENT] && users[PARENT] > 0 -> killed[PARENT] = 1 }
  od
}

#include "properties.pml"
