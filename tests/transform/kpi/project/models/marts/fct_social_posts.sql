-- depends on: {{ source('raw_file_drop', 'social_posts') }}
select row_number() over () as social_post_key, *, 'linkedin' as network from (values
    (date '2026-01-05', 'Organic Social', 30, 50, 1000),
    (date '2026-01-06', 'Organic Video', 5, 10, 500),
    (date '2026-02-24', 'Organic Social', 8, 12, 300),
    (date '2026-03-02', 'Organic Social', 0, 0, 200),
    (date '2026-03-04', 'Organic Social', 0, 0, 0)
) as t (date_day, channel, likes, interactions, audience)
