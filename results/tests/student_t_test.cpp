// Student's t against a printed table.
#include "results/student_t.h"

#include <gtest/gtest.h>

namespace recvbench {
namespace {

TEST(StudentT, AgreesWithTheTables) {
  struct Case {
    double probability;
    int degrees;
    double bound;
  };
  const Case cases[] = {{0.95, 1, 12.706}, {0.95, 2, 4.303},   {0.95, 3, 3.182},   {0.95, 4, 2.776},
                        {0.95, 19, 2.093}, {0.95, 60, 2.000},  {0.99, 5, 4.032},   {0.99, 14, 2.977},
                        {0.998, 4, 7.173}, {0.998, 14, 3.787}, {0.998, 18, 3.610}, {0.5, 9, 0.703}};
  for (const Case& c : cases) {
    EXPECT_NEAR(student_t_bound(c.probability, c.degrees), c.bound, 0.0006)
        << c.probability << ", " << c.degrees << " degrees";
    EXPECT_NEAR(student_t_within(student_t_bound(c.probability, c.degrees), c.degrees), c.probability, 1e-9);
  }
  EXPECT_EQ(student_t_within(0, 7), 0);
}

}  // namespace
}  // namespace recvbench
