"""Figures by the state's formula: counted, kept as snapshots, published with open data.

The definitions stand here once; `counts` holds them as SQL, docs/van-hanh/so-lieu.md in words. The source is
indicator 766 §2.1 (Quyết định 766/QĐ-TTg, "tỷ lệ hồ sơ xử lý trước hạn, đúng hạn") as read in a transcription,
not in the official text; the grouping of states is that of provincial systems in use.

- A *period* is whole days in Viet Nam. The state at its end, or at `as_of` when that comes earlier, is
  that after the last event up to then. Nothing that happened later changes it, not even an act that took
  an earlier one back.
- *Ended* are the statuses 3, 7, 8, 9 and 10; all others are open. The finish is the time of 9, else of 10,
  else of 3, 7 or 8, in the unbroken run of ended statuses in which the dossier stands.
- *Opening balance*: received before the period and open at its beginning. *Received*: received in it, a
  filing sent online when it was filed, history of an older system when that received it. *Reopened*: ended
  before the period, open again in it. Together they are the dossiers of the period, and each of them
  stands in exactly one class at the end: settled (9, 10), not accepted (3), withdrawn (7), stopped (8),
  paused, or open. So the open and paused of a period are the opening balance of the next.
- *Paused*: the term is suspended by an act of the workflow, whichever the status.
- *Late*: the finish, or the end of the period for what has not ended, is after the due date then in force
  (an apologised new date included). Waiting for the citizen is not counted: resuming moves the due date,
  and while a pause is open, or when a dossier ended out of one, its beginning is what is compared. More than
  one request for supplements is late whatever the dates. Without a due date nothing is late.
- *Due soon* are the open ones in term whose due date comes by the end of the second working day after the
  day of the figures.
- *Before term* is a finish on a day before the due day, *on time* one on that day up to the due moment.
- *On-time rate*: not late / all, among the dossiers of the period with a term. Those without are counted
  apart. Two decimals, "N/A" when there is nothing to divide by. *Online share*: of those received.
- *Working time* of the settled: open days after the day from which the term counts, up to the finish,
  pauses left out, by the calendar in force; 0 is the same day. Median and ninetieth hundredth lie between
  the two nearest dossiers where they fall between them.

- *By person* is by who has the dossier after its last event of the period.

Procedures, complaints and conciliations (`kind`) are never added up.
"""
