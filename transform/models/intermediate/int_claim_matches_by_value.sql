-- The second round: of what the first one left, a claim is for the sale of the same day and value.
with

{{ round_by_value('int_claim_matches_by_click') }}

select * from final
