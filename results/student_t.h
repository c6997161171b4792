// Student's t distribution with whole degrees of freedom. Pure.
#pragma once

namespace recvbench {

// P(|T| <= t) for t >= 0, degrees >= 1.
double student_t_within(double t, int degrees);

// The t that |T| does not exceed with this probability: 2.093 for 0.95 and 19 degrees. probability in (0, 1).
double student_t_bound(double probability, int degrees);

}  // namespace recvbench
