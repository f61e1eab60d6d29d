/* SPDX-License-Identifier: MIT */
/*
 * The device round the client's table: what its handlers do and may answer,
 * timers and users, and the power, which goes at any moment. A handler tells
 * the truth of what it did; everything else may be said by anyone.
 */
#define DOWNLOADS 3

byte state = IDLE, downloads, runs = do_nothing;
bool failed;
chan client = [0] of { byte };

bool verified;       /* what was downloaded is authentic */
bool slot_verified;  /* so was what the other slot was written from */
bool switched;       /* boot control starts that slot next */
bool writing;

/* What was in memory is gone; the loader starts what boot control says. */
inline restart()
{
	state = IDLE; runs = do_nothing; downloads = 0; failed = false;
	verified = false; writing = false;
	assert(!switched || slot_verified)
}

active proctype handlers()
{
end:	do
	:: atomic { runs == do_check ->
		if
		:: client ! on_nothing
		:: client ! on_found
		:: client ! on_failed
		fi }
	:: atomic { runs == do_download ->
		verified = false;
		if
		:: client ! on_downloaded
		:: client ! on_later
		:: client ! on_failed
		fi }
	:: atomic { runs == do_verify ->
		if
		:: verified = true; client ! on_verified
		:: client ! on_failed
		fi }
	:: atomic { runs == do_apply && !writing ->
		if
		:: writing = true; switched = false; slot_verified = false
		:: client ! on_later
		:: client ! on_failed
		fi }
	:: atomic { runs == do_apply && writing ->
		writing = false;
		if
		:: client ! on_failed
		:: client ! on_later
		:: slot_verified = verified; switched = true;
			if
			:: restart()
			:: client ! on_applied
			fi
		fi }
	:: atomic { runs == do_confirm ->
		if
		:: switched = false; client ! on_applied
		:: switched = false; client ! on_failed
		:: restart()
		fi }
	:: atomic { runs == do_report ->
		if
		:: client ! on_reported
		:: client ! on_failed
		fi }
	od
}

active proctype outside_world()
{
end:	do
	:: atomic { client ! on_start }
	:: atomic { client ! on_restarted }
	:: atomic { client ! on_reset }
	:: atomic { restart() }
	od
}

/* Each update ends, whatever the handlers answer, as long as they answer. */
ltl settles { always eventually (state == IDLE || state == ERROR) }
