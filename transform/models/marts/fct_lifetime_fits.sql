with

fits as (
    select * from {{ ref('int_lifetime_fits') }}
),

final as (
    select
        date_day,
        fitted_through,
        refusal is null as is_fitted,
        refusal,
        customers,
        repeat_customers,
        customers_with_margin,
        r,
        alpha,
        a,
        b,
        purchase_log_likelihood,
        p,
        q,
        gamma,
        margin_log_likelihood,
        cast(mean_margin as decimal(18, 6)) as mean_margin_amount,
        repeats,
        expected_repeats,
        cast(holdout_purchases as bigint) as holdout_purchases,
        holdout_expected_purchases
    from fits
)

select * from final
