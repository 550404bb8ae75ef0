-- Leads of the generated visits as contacts, a third of them with a won deal within 60 days, and some with a second. Who is there
-- already stays as it is.
insert into raw_file_drop.crm_contacts by name
select
    user_pseudo_id as contact_id,
    make_timestamptz(min(event_timestamp)) as created_at,
    md5(user_pseudo_id) as email_hash,
    user_pseudo_id as ga_client_id,
    'lead' as lifecycle_stage,
    '1' as _dlt_load_id,
    $loaded_at as _loaded_at
from raw_ga4_export.events
where
    event_name = 'generate_lead'
    and user_pseudo_id is not null
    and user_pseudo_id not in (select contact_id from raw_file_drop.crm_contacts)
group by user_pseudo_id;

insert into raw_file_drop.crm_deals by name
select
    concat(contact_id, '-', number) as deal_id,
    contact_id,
    created_at,
    created_at + to_hours(cast(1 + hash(contact_id, number, $seed) % 1440 as int)) as closed_at,
    'won' as stage,
    true as is_won,
    cast(100 + hash(contact_id, number, 'amount') % 5000 as varchar) as amount,
    'EUR' as currency_code,
    '1' as _dlt_load_id,
    $loaded_at as _loaded_at
from raw_file_drop.crm_contacts
cross join (values (1), (2)) as deals (number)
where
    hash(contact_id, number, $seed, 'won') % (3 * number * number) = 0
    and concat(contact_id, '-', number) not in (select deal_id from raw_file_drop.crm_deals);
