/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qmachine/io/ring-private.h"

static guint n_freed;

static void
count_freed (gpointer item)
{
  n_freed++;
}

static void
assert_numbers (QRing *ring, guint first, guint length)
{
  g_assert_cmpuint (ring->length, ==, length);
  for (guint i = 0; i < length; i++)
    g_assert_cmpuint (GPOINTER_TO_UINT (q_ring_peek_nth (ring, i)), ==, first + i);
}

static void
test_order (void)
{
  QRing ring = { NULL };
  guint n_pushed = 0;
  guint n_popped = 0;

  /* It grows while its items lie around the end of the block. */
  for (guint round = 1; round <= 50; round++)
    {
      for (guint i = 0; i < 2 * round; i++)
        q_ring_push (&ring, GUINT_TO_POINTER (n_pushed++));
      for (guint i = 0; i < round; i++)
        g_assert_cmpuint (GPOINTER_TO_UINT (q_ring_pop (&ring)), ==, n_popped++);
      assert_numbers (&ring, n_popped, n_pushed - n_popped);
    }

  n_freed = 0;
  q_ring_clear (&ring, count_freed);
  g_assert_cmpuint (n_freed, ==, n_pushed - n_popped);
  g_assert_cmpuint (ring.length, ==, 0);

  q_ring_push (&ring, GUINT_TO_POINTER (7));
  assert_numbers (&ring, 7, 1);
  q_ring_clear (&ring, count_freed);
}

static void
test_remove (void)
{
  for (guint n = 0; n < 8; n++)
    {
      QRing ring = { NULL };

      /* Five before the end of the block, three behind it. */
      for (guint i = 0; i < 8; i++)
        q_ring_push (&ring, NULL);
      for (guint i = 0; i < 3; i++)
        q_ring_pop (&ring);
      for (guint i = 0; i < 3; i++)
        q_ring_push (&ring, GUINT_TO_POINTER (5 + i));
      for (guint i = 0; i < 5; i++)
        *q_ring_get_place (&ring, i) = GUINT_TO_POINTER (i);
      assert_numbers (&ring, 0, 8);

      g_assert_cmpuint (GPOINTER_TO_UINT (q_ring_remove_nth (&ring, n)), ==, n);
      g_assert_cmpuint (ring.length, ==, 7);
      for (guint i = 0; i < 7; i++)
        g_assert_cmpuint (GPOINTER_TO_UINT (q_ring_peek_nth (&ring, i)), ==, i + (i >= n));
      q_ring_clear (&ring, count_freed);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/ring/order", test_order);
  g_test_add_func ("/ring/remove", test_remove);

  return g_test_run ();
}
