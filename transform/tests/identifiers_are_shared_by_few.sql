{{ config(severity='warn') }}
-- Each links nobody; docs/identity.md says what to do about it.
select *
from {{ ref('shared_identifiers') }}
where reason != 'never_link'
