/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What QEMU's human monitor says about user networks, as versions and hostile peers write it. */

#include <string.h>

#include "guest/usernet-private.h"

static const QUsernetRow *
get_row (GPtrArray *rows, guint i)
{
  g_assert_cmpuint (i, <, rows->len);
  return g_ptr_array_index (rows, i);
}

static void
test_rows (void)
{
  g_autoptr (GPtrArray) rows = q_usernet_parse (
    "Hub -1 (net0):\r\n"
    "  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n"
    "  TCP[ESTABLISHED]   21       127.0.0.1 46671       10.0.2.15    80     0   123\r\n"
    "  TCP[SYN_SENT]      20       127.0.0.1 46671       10.0.2.15    80     0     0\r\n"
    "  TCP[HOST_FORWARD]  12       127.0.0.1 46671       10.0.2.15    80     0     0\r\n"
    "  UDP[HOST_FORWARD]   8               * 36637       10.0.2.15    53     0     0\r\n"
    "  UDP[12 sec]         9       10.0.2.15   123         1.2.3.4   123     0     0\r\n"
    "  ICMP[3 sec]        10       10.0.2.15     -         1.2.3.4     -     0     0\r\n"
    "\r\n"
    "Hub 0 (#net17):\r\n"
    "  TCP[HOST_FORWARD] 1012 127.0.0.1 1 10.0.3.9 65535 0 0\r\n");
  const QUsernetRow *row;

  g_assert_cmpuint (rows->len, ==, 6);
  row = get_row (rows, 0);
  g_assert_cmpstr (row->netdev, ==, "net0");
  g_assert_cmpstr (row->state, ==, "ESTABLISHED");
  g_assert_cmpint (row->fd, ==, 21);
  g_assert_cmpstr (row->source, ==, "127.0.0.1");
  g_assert_cmpuint (row->source_port, ==, 46671);
  g_assert_cmpuint (row->dest_port, ==, 80);
  g_assert_false (row->udp);
  g_assert_true (q_usernet_row_is_past_handshake (row));
  g_assert_false (q_usernet_row_is_past_handshake (get_row (rows, 1)));
  g_assert_false (q_usernet_row_is_past_handshake (get_row (rows, 2)));
  g_assert_true (q_usernet_row_is_forward (get_row (rows, 2)));
  row = get_row (rows, 3);
  g_assert_true (row->udp && q_usernet_row_is_forward (row));
  g_assert_cmpstr (row->source, ==, "*");
  row = get_row (rows, 4);
  g_assert_cmpstr (row->state, ==, "12 sec");
  g_assert_false (q_usernet_row_is_past_handshake (row));
  row = get_row (rows, 5);
  g_assert_cmpstr (row->netdev, ==, "#net17");
  g_assert_cmpint (row->fd, ==, 1012);
  g_assert_cmpuint (row->dest_port, ==, 65535);
}

static void
test_headings (void)
{
  static const char *const headings[]
    = { "Hub -1 (net0):", "VLAN 0 (net0):", "VLAN -1 (net0):", "net0:", "Netdev net0:" };

  for (gsize i = 0; i < G_N_ELEMENTS (headings); i++)
    {
      g_autofree char *text
        = g_strconcat (headings[i], "\n  TCP[HOST_FORWARD] 5 * 8080 10.0.2.15 80 0 0\n", NULL);
      g_autoptr (GPtrArray) rows = q_usernet_parse (text);

      g_assert_cmpuint (rows->len, ==, 1);
      g_assert_cmpstr (get_row (rows, 0)->netdev, ==, "net0");
    }
}

static void
test_no_heading (void)
{
  g_autoptr (GPtrArray) rows = q_usernet_parse ("TCP[HOST_FORWARD] 5 * 8080 10.0.2.15 80\n");

  g_assert_cmpuint (rows->len, ==, 1);
  g_assert_null (get_row (rows, 0)->netdev);
}

static void
test_garbage (void)
{
  static const char *const texts[] = {
    "",
    ":",
    "\n\n:\n",
    "unknown command: 'info usernet'\r\n",
    "  TCP[HOST_FORWARD]",
    "  TCP[HOST_FORWARD]  12       127.0.0.1 46671       10.0.2.15\n",
    "  TCP[HOST_FORWARD]  12       127.0.0.1 70000       10.0.2.15    80     0     0\n",
    "  TCP[HOST_FORWARD]  12       127.0.0.1 -5          10.0.2.15    80     0     0\n",
    "  TCP[HOST_FORWARD]  x        127.0.0.1 5           10.0.2.15    80     0     0\n",
    "  TCP[HOST_FORWARD  12       127.0.0.1 5           10.0.2.15    80     0     0\n",
    "  SCTP[HOST_FORWARD]  12       127.0.0.1 5           10.0.2.15    80     0     0\n",
    "Hub (((((:\n ]]]]\n TCP[]",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GPtrArray) rows = q_usernet_parse (texts[i]);

      g_assert_cmpuint (rows->len, ==, 0);
    }
}

static void
test_quote (void)
{
  g_autofree char *nothing = q_usernet_quote (" \r\n", -1);
  g_autofree char *text = q_usernet_quote ("SSH\x1b[1m\xff\r\nnext\n", -1);
  g_autofree char *flood = g_strnfill (5000, 'x');
  g_autofree char *cut = q_usernet_quote (flood, -1);

  g_assert_cmpstr (nothing, ==, "(nothing)");
  g_assert_cmpstr (text, ==, "SSH [1m\357\277\275  next");
  g_assert_cmpuint (strlen (cut), ==, 203);
  g_assert_true (g_str_has_suffix (cut, "x..."));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/usernet/rows", test_rows);
  g_test_add_func ("/usernet/headings", test_headings);
  g_test_add_func ("/usernet/no-heading", test_no_heading);
  g_test_add_func ("/usernet/garbage", test_garbage);
  g_test_add_func ("/usernet/quote", test_quote);

  return g_test_run ();
}
