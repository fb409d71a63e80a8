-- Who took a step.
SELECT actor_id FROM case_steps WHERE step_key = :step_key
