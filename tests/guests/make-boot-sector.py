#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write one of the boot sectors that the live tests run as guests.

    make-boot-sector.py hello|idle|reset|echo|flood|panic|suspend|login|keys|count|sweep OUTPUT

Each is a raw disk image of one 512-byte sector in an otherwise empty disk: real
guest code that runs 0.1 s after QEMU starts under TCG and needs no kernel.

Several machines may share an image if each opens it with
`-drive file=IMAGE,format=raw,snapshot=on`: without snapshot QEMU takes a write
lock and the second machine does not start.
"""

import sys

# The BIOS loads the sector here and jumps to its first byte in 16-bit real mode.
LOAD_ADDRESS = 0x7C00
SECTOR_SIZE = 512
SIGNATURE = b'\x55\xaa'

# SeaBIOS boots no AHCI (the disk of `q35`) or virtio disk of less than a cylinder,
# 504 KiB. The file is sparse.
DISK_SIZE = 1024 * 1024

# Prints the text that DS:SI points to on the first serial port. All jumps are
# relative, so the address of the text is the only thing to fill in.
PRINT = (
    b'\xfa'              # 00        cli             the stack moves below
    b'\x31\xc0'          # 01        xor  ax, ax
    b'\x8e\xd8'          # 03        mov  ds, ax     SeaBIOS promises no segment but CS
    b'\x8e\xd0'          # 05        mov  ss, ax
    b'\xbc\x00\x7c'      # 07        mov  sp, 0x7c00
    b'\xfb'              # 0a        sti
    b'\xfc'              # 0b        cld
    b'\xbe%b'            # 0c        mov  si, text
    b'\xac'              # 0f  next: lodsb
    b'\x84\xc0'          # 10        test al, al     the text ends with a zero byte
    b'\x74\x11'          # 12        jz   done
    b'\x88\xc4'          # 14        mov  ah, al
    b'\xba\xfd\x03'      # 16        mov  dx, 0x3fd  COM1 line status
    b'\xec'              # 19  full: in   al, dx
    b'\xa8\x20'          # 1a        test al, 0x20   transmitter empty?
    b'\x74\xfb'          # 1c        jz   full
    b'\xb2\xf8'          # 1e        mov  dl, 0xf8   COM1 data
    b'\x88\xe0'          # 20        mov  al, ah
    b'\xee'              # 22        out  dx, al
    b'\xeb\xea'          # 23        jmp  next
)                        # 25  done:

# Also what ends the other guests, should the machine ignore what they asked for:
# a busy loop would eat the host's CPU.
IDLE = (
    b'\xf4'              #     loop: hlt             interrupts are on: the timer wakes it
    b'\xeb\xfd'          #           jmp  loop
)

# SeaBIOS puts the ACPI registers at 0x600 on both `pc` and `q35`; PM1a control is 4
# further. Sleep type 0 is "off" (S5) on QEMU, 0x2000 is "enter it now".
POWER_OFF = (
    b'\xba\x04\x06'      #           mov  dx, 0x604
    b'\xb8\x00\x20'      #           mov  ax, 0x2000
    b'\xef'              #           out  dx, ax
)

# The keyboard controller holds the reset line on every PC.
RESET = (
    b'\xb0\xfe'          #           mov  al, 0xfe
    b'\xe6\x64'          #           out  0x64, al
)

# Sends back what comes in on the first serial port.
ECHO = (
    b'\xba\xfd\x03'      # 00  wait: mov  dx, 0x3fd  COM1 line status
    b'\xec'              # 03        in   al, dx
    b'\xa8\x01'          # 04        test al, 0x01   anything received?
    b'\x74\xf8'          # 06        jz   wait
    b'\xb2\xf8'          # 08        mov  dl, 0xf8   COM1 data
    b'\xec'              # 0a        in   al, dx
    b'\xee'              # 0b        out  dx, al
    b'\xeb\xf2'          # 0c        jmp  wait
)

# Shows each key of the keyboard on the screen, and sends it to the first serial port, as the BIOS
# reads it: `\r` for Enter.
KEYS = (
    b'\x30\xe4'          # 00  next: xor  ah, ah
    b'\xcd\x16'          # 02        int  0x16       waits for a key
    b'\x84\xc0'          # 04        test al, al     one without a character?
    b'\x74\xf8'          # 06        jz   next
    b'\x88\xc1'          # 08        mov  cl, al
    b'\xb4\x0e'          # 0a        mov  ah, 0x0e   show it
    b'\xbb\x07\x00'      # 0c        mov  bx, 7
    b'\xcd\x10'          # 0f        int  0x10
    b'\xba\xfd\x03'      # 11        mov  dx, 0x3fd  COM1 line status
    b'\xec'              # 14  full: in   al, dx
    b'\xa8\x20'          # 15        test al, 0x20   transmitter empty?
    b'\x74\xfb'          # 17        jz   full
    b'\xb2\xf8'          # 19        mov  dl, 0xf8   COM1 data
    b'\x88\xc8'          # 1b        mov  al, cl
    b'\xee'              # 1d        out  dx, al
    b'\xeb\xe0'          # 1e        jmp  next
)

# Counts in memory without end. "?" on the first serial port is answered with the number, eight
# letters from A for 0 to P for 15, and a full stop; other bytes come back.
COUNT = (
    b'\x66\xff\x06\x00\x80'  # 00  wait: inc  dword [0x8000]
    b'\xba\xfd\x03'      # 05        mov  dx, 0x3fd
    b'\xec'              # 08        in   al, dx
    b'\xa8\x01'          # 09        test al, 0x01   anything received?
    b'\x74\xf3'          # 0b        jz   wait
    b'\xb2\xf8'          # 0d        mov  dl, 0xf8
    b'\xec'              # 0f        in   al, dx
    b'\x3c\x3f'          # 10        cmp  al, '?'
    b'\x74\x03'          # 12        je   tell
    b'\xee'              # 14        out  dx, al
    b'\xeb\xe9'          # 15        jmp  wait
    b'\x66\x8b\x1e\x00\x80'  # 17  tell: mov  ebx, [0x8000]
    b'\xb9\x08\x00'      # 1c        mov  cx, 8
    b'\x66\xc1\xc3\x04'  # 1f  more: rol  ebx, 4
    b'\x88\xd8'          # 23        mov  al, bl
    b'\x24\x0f'          # 25        and  al, 0x0f
    b'\x04\x41'          # 27        add  al, 'A'
    b'\xee'              # 29        out  dx, al
    b'\xe2\xf3'          # 2a        loop more
    b'\xb0\x2e'          # 2c        mov  al, '.'
    b'\xee'              # 2e        out  dx, al
    b'\xeb\xcf'          # 2f        jmp  wait
)

# Owns the memory from 1 to 15 MiB: each word there is its address and the number of the sweep that
# was the last to pass it. A sweep looks at each word before it adds one, and says X, and nothing
# more, at the first that is another. "?" on the first serial port is answered between two sweeps
# with the number of them, as by COUNT, and a "-" tells of each 16 KiB, unless
# the port is busy. With the limit of FS taken
# away, as real mode keeps it.
SWEEP_ADDRESS = LOAD_ADDRESS + len(PRINT % b'\0\0')
SWEEP = (
    b'\xfa'              # 00        cli
    b'\x0f\x01\x16%b'    # 01        lgdt [table]
    b'\x0f\x20\xc0'      # 06        mov  eax, cr0
    b'\x0c\x01'          # 09        or   al, 1
    b'\x0f\x22\xc0'      # 0b        mov  cr0, eax
    b'\xbb\x08\x00'      # 0e        mov  bx, 8
    b'\x8e\xe3'          # 11        mov  fs, bx
    b'\x24\xfe'          # 13        and  al, 0xfe
    b'\x0f\x22\xc0'      # 15        mov  cr0, eax
    b'\x66\x31\xdb'      # 18        xor  ebx, ebx
    b'\x66\xbe\x00\x00\x10\x00'      # 1b        mov  esi, 0x100000
    b'\x67\x64\x66\x89\x36'          # 21  fill: mov  fs:[esi], esi
    b'\x66\x83\xc6\x04'              # 26        add  esi, 4
    b'\x66\x81\xfe\x00\x00\xf0\x00'  # 2a        cmp  esi, 0xf00000
    b'\x72\xee'          # 31        jb   fill
    b'\x66\xbe\x00\x00\x10\x00'      # 33  next: mov  esi, 0x100000
    b'\x67\x66\x8d\x04\x33'          # 39  look: lea  eax, [ebx + esi]
    b'\x67\x64\x66\x39\x06'          # 3e        cmp  fs:[esi], eax
    b'\x75\x4a'          # 43        jne  lost
    b'\x67\x64\x66\xff\x06'          # 45        inc  dword fs:[esi]
    b'\x66\x83\xc6\x04'              # 4a        add  esi, 4
    b'\xf7\xc6\xff\x3f'  # 4e        test si, 0x3fff
    b'\x75\x06'          # 52        jnz  mute
    b'\xba\xf8\x03'      # 54        mov  dx, 0x3f8
    b'\xb0\x2d'          # 57        mov  al, '-'
    b'\xee'              # 59        out  dx, al
    b'\x66\x81\xfe\x00\x00\xf0\x00'  # 5a  mute: cmp  esi, 0xf00000
    b'\x72\xd6'          # 61        jb   look
    b'\x66\x43'          # 63        inc  ebx
    b'\xba\xfd\x03'      # 65        mov  dx, 0x3fd
    b'\xec'              # 68        in   al, dx
    b'\xa8\x01'          # 69        test al, 0x01   anything received?
    b'\x74\xc6'          # 6b        jz   next
    b'\xb2\xf8'          # 6d        mov  dl, 0xf8
    b'\xec'              # 6f        in   al, dx
    b'\x3c\x3f'          # 70        cmp  al, '?'
    b'\x75\xbf'          # 72        jne  next
    b'\xb9\x08\x00'      # 74        mov  cx, 8
    b'\x66\xc1\xc3\x04'  # 77  more: rol  ebx, 4
    b'\x88\xdc'          # 7b        mov  ah, bl
    b'\x80\xe4\x0f'      # 7d        and  ah, 0x0f
    b'\x80\xc4\x41'      # 80        add  ah, 'A'
    b'\xe8\x11\x00'      # 83        call send
    b'\xe2\xef'          # 86        loop more
    b'\xb4\x2e'          # 88        mov  ah, '.'
    b'\xe8\x0a\x00'      # 8a        call send
    b'\xeb\xa4'          # 8d        jmp  next
    b'\xb4\x58'          # 8f  lost: mov  ah, 'X'
    b'\xe8\x03\x00'      # 91        call send
    b'\xf4'              # 94  halt: hlt             for ever: there are no interrupts
    b'\xeb\xfd'          # 95        jmp  halt
    b'\xba\xfd\x03'      # 97  send: mov  dx, 0x3fd
    b'\xec'              # 9a  full: in   al, dx
    b'\xa8\x20'          # 9b        test al, 0x20   transmitter empty?
    b'\x74\xfb'          # 9d        jz   full
    b'\xb2\xf8'          # 9f        mov  dl, 0xf8
    b'\x88\xe0'          # a1        mov  al, ah
    b'\xee'              # a3        out  dx, al
    b'\xc3'              # a4        ret
    b'\x0f\x00%b\x00\x00'  # a5  table: its limit, and where it begins
    b'\x00\x00\x00\x00\x00\x00\x00\x00'  # ab  segments: none, and all of it
    b'\xff\xff\x00\x00\x00\x92\xcf\x00'  # b3
) % ((SWEEP_ADDRESS + 0xA5).to_bytes(2, 'little'), (SWEEP_ADDRESS + 0xAB).to_bytes(2, 'little'))

# Writes without end, and without asking whether the port can take it.
FLOOD = (
    b'\xba\xf8\x03'      #           mov  dx, 0x3f8
    b'\xb0\x78'          #           mov  al, 'x'
    b'\xee'              #     more: out  dx, al
    b'\xeb\xfd'          #           jmp  more
)

# What `-device pvpanic` listens to; bit 0 is "the guest panicked".
PANIC = (
    b'\xba\x05\x05'      #           mov  dx, 0x505
    b'\xb0\x01'          #           mov  al, 1
    b'\xee'              #           out  dx, al
)

# Sleep type 1 is "suspend to RAM" (S3) on QEMU. Nothing here tells SeaBIOS where to
# resume, so it boots again; a byte of the clock's memory, which outlives that, tells
# the second start from the first.
SUSPEND_ONCE = (
    b'\xb0\x7e'          # 00        mov  al, 0x7e  a byte that nobody uses
    b'\xe6\x70'          # 02        out  0x70, al
    b'\xe4\x71'          # 04        in   al, 0x71
    b'\x3c\x53'          # 06        cmp  al, 'S'
    b'\x74\x0b'          # 08        je   done
    b'\xb0\x53'          # 0a        mov  al, 'S'
    b'\xe6\x71'          # 0c        out  0x71, al
    b'\xba\x04\x06'      # 0e        mov  dx, 0x604
    b'\xb8\x00\x24'      # 11        mov  ax, 0x2400
    b'\xef'              # 14        out  dx, ax
)                        # 15  done:

GUESTS = {
    'hello': (b'hello from the guest\r\n', POWER_OFF + IDLE),
    'idle': (b'ready\r\n', IDLE),
    'reset': (b'resetting\r\n', RESET + IDLE),
    'login': (b'eth0: 10.0.2.15/24\r\nlogin: ', ECHO),
    'echo': (b'ready\r\n', ECHO),
    'keys': (b'ready\r\n', KEYS),
    'count': (b'ready\r\n', COUNT),
    'sweep': (b'ready\r\n', SWEEP),
    'flood': (b'ready\r\n', FLOOD),
    'panic': (b'panicking\r\n', PANIC + IDLE),
    'suspend': (b'started\r\n', SUSPEND_ONCE + IDLE),
}


def boot_sector(text, then):
    code_size = len(PRINT % b'\0\0') + len(then)
    text_address = (LOAD_ADDRESS + code_size).to_bytes(2, 'little')
    sector = PRINT % text_address + then + text + b'\0'
    room = SECTOR_SIZE - len(SIGNATURE)
    if len(sector) > room:
        raise ValueError(f'{len(sector)} bytes do not fit in {room}')
    return sector.ljust(room, b'\0') + SIGNATURE


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in GUESTS:
        sys.exit(f'usage: {sys.argv[0]} {"|".join(GUESTS)} OUTPUT')
    with open(sys.argv[2], 'wb') as output:
        output.write(boot_sector(*GUESTS[sys.argv[1]]))
        output.truncate(DISK_SIZE)


main()
