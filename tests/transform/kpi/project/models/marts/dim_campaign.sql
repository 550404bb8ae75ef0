{{ config(meta={'is_lookup': true}) }}

select * from (values
    ('google_ads', '1', 'brand', 'Brand DE', 'Paid Search'), ('google_ads', '1', 'generic', 'Chairs DE', 'Paid Search'),
    ('meta_ads', '2', 'social', 'Prospecting', 'Paid Social')
) as t (platform, account_id, campaign_id, campaign_name, channel)
