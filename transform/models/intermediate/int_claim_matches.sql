-- Which claims are for which sales. Platforms report counts a campaign and day, never sales; docs/reconciliation.md
-- tells the rounds that tie them. This is the last: by value again, as the round before left claims alone on their day.
with

{{ round_by_value('int_claim_matches_by_day') }}

select * from final
