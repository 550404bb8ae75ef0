-- depends on: {{ source('raw_search_console', 'brand_queries_daily') }}
select row_number() over () as search_key, *, 'https://acme.example/' as site_url from (values
    (date '2026-02-23', 'acme chairs', 40), (date '2026-02-23', 'acme', 60), (date '2026-03-01', 'acme', 25),
    (date '2026-03-02', 'acme', 30)
) as t (date_day, query, impressions)
