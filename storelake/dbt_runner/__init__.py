"""dbt: started, scheduled and told where the lake is; which models a build has to make."""
