-- What a step was and who took it.
SELECT action, actor_id, subject_kind, subject_id, opinion, recorded_ms, changes FROM case_steps WHERE step_key = :step_key
