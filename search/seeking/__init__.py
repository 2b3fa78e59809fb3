"""What people seek and do not find: counted so that nobody can be told from it, the reader of the database included.

What is stored, and for how long:

- `Round`, one a calendar month: random salt. With the installation's secret key, which is in no database, it gives
  the month's key. The row is deleted when the month is counted, so the key is then gone for everybody.
- `Sought`, until the night after: one row for each phrase a person sought that day, without the person. Its number is
  a keyed hash of (person, language, phrase, day), which only recognises the same search again: paging, filters,
  reloads and repetition are one search. Two rows of one person have nothing in common, nor have two days. `seat` is
  the person's place, one of 63, for this phrase and month, keyed as well: many people share each seat.
- `Tally`, until K people are reached, at the longest until the month is counted: a number for each phrase, language
  and measure, and the set of seats that were taken. As soon as it holds at least K people it becomes a figure and the
  seats are forgotten; what never does is deleted.
- `Figure`, `KEPT_DAYS`: what the report, the export and the API show. Each is about at least K different people.

No person, session, address or time of day is in any of them, and what looks personal is not written at all
(search.seeking.phrases). The number of people is a lower bound: two on the same seat count once, so that a phrase may
be shown later than it could be, never earlier.

What people look at is `Figure` alone, through `FigureQuerySet.shown`.

What is guaranteed: figures of one phrase and measure never share a search, and a period shows those that lie within
it as a whole. So each number is about at least K people, and so is whatever one gets by subtracting two periods, or two
days' reports, from each other. Two measures of one phrase may differ by fewer: that some of at least K people opened
nothing, not who.

Not guaranteed: that K accounts are K people, that a phrase itself names nobody (colleagues are sought by name), and
what a front server's log of addresses holds. Whoever has the secret key *and* the database of a month that is not over
could test a guess; so could a backup of both, for as long as it is kept. On PostgreSQL the table shows in which order
the rows of one day came, not when; the order goes with the rows.
"""
