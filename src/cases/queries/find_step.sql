-- Whether a client's step is already in the case.
SELECT action, seq FROM case_steps
WHERE step_key BETWEEN :first AND :last AND step_id = :step_id
