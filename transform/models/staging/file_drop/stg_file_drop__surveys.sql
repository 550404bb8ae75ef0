with

received as (
    select * from {{ source('raw_file_drop', 'surveys') }}
),

final as (
    select
        response_id,
        {{ utc('submitted_at') }} as submitted_at,
        score,
        nullif(email_hash, '') as email_hash
    from received
)

select * from final
