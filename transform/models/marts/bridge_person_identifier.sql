select
    cast(null as string) as person_id,
    cast(null as string) as identifier_type,
    cast(null as string) as identifier_value,
    cast(null as string) as rule
where 1 = 0
