-- The smallest identifier of each connected component.
with

labels as (
    {{ component_labels(ref('int_identity_edges')) }}
)

select * from labels
