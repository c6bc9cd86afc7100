// SPDX-License-Identifier: LGPL-2.1-or-later

// What worker.c is for C, for Go and the package go-qemu: a line on standard input is a round, its
// figures a line of JSON on standard output.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/digitalocean/go-qemu/qmp"
)

const burst = 1000

var (
	work    = flag.String("work", "", "what to measure")
	peer    = flag.String("peer", "", "by what it is done")
	binary  = flag.String("binary", "qemu-system-x86_64", "QEMU or the stub")
	machine = flag.String("machine", "none", "QEMU's machine")
	count   = flag.Int("count", 1000, "commands or events in a round")
)

func check(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s/%s: %v\n", *work, *peer, err)
		os.Exit(1)
	}
}

func cpu() float64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e3
}

type client struct {
	dir     string
	process *exec.Cmd
	monitor *qmp.SocketMonitor
}

// The package connects to a path; as in the library, the listener is there before QEMU.
func launch() *client {
	dir, err := os.MkdirTemp("/var/tmp", "bench-go-")
	check(err)
	path := filepath.Join(dir, "monitor")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	check(err)
	file, err := listener.File()
	check(err)
	c := &client{dir: dir}
	c.process = exec.Command(*binary, "-chardev", "socket,id=mon,fd=3,server=on,wait=on",
		"-qmp", "chardev:mon", "-display", "none", "-vga", "none",
		"-machine", *machine, "-accel", "tcg", "-nodefaults")
	c.process.ExtraFiles = []*os.File{file}
	check(c.process.Start())
	file.Close()
	listener.SetUnlinkOnClose(false)
	c.monitor, err = qmp.NewSocketMonitor("unix", path, 10*time.Second)
	check(err)
	listener.Close()
	check(c.monitor.Connect())
	return c
}

func (c *client) ask(command string) {
	_, err := c.monitor.Run([]byte(command))
	check(err)
}

func (c *client) stop() {
	c.monitor.Run([]byte(`{"execute":"quit"}`))
	c.process.Wait()
	c.monitor.Disconnect()
	os.RemoveAll(c.dir)
}

func (c *client) storm(events <-chan qmp.Event, bursts int) {
	text := []byte(fmt.Sprintf(`{"execute":"x-emit","arguments":{"count":%d}}`, burst))
	for i := 0; i < bursts; i++ {
		done := make(chan bool)
		go func() {
			for j := 0; j < burst; j++ {
				event := <-events
				if event.Data["len"].(float64) == 0 {
					check(fmt.Errorf("an event without its data"))
				}
			}
			done <- true
		}()
		_, err := c.monitor.Run(text)
		check(err)
		<-done
	}
}

func play() map[string]float64 {
	c := launch()
	n := *count
	var events <-chan qmp.Event
	command := `{"execute":"query-status"}`
	switch *work {
	case "schema":
		command = `{"execute":"query-qmp-schema"}`
	case "events":
		var err error
		events, err = c.monitor.Events(context.Background())
		check(err)
		c.storm(events, 1)
	}
	if *work != "events" {
		c.ask(command)
	}

	startCPU, start := cpu(), time.Now()
	if *work == "events" {
		c.storm(events, n/burst)
	} else {
		for i := 0; i < n; i++ {
			c.ask(command)
		}
	}
	wall := float64(time.Since(start).Nanoseconds()) / 1e3
	result := map[string]float64{"wall": wall / float64(n), "cpu": (cpu() - startCPU) / float64(n)}
	if events != nil {
		// It would wait with its last event for somebody to take it.
		go func() {
			for range events {
			}
		}()
	}
	c.stop()
	return result
}

func main() {
	flag.Parse()
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		text, err := json.Marshal(play())
		check(err)
		fmt.Println(string(text))
	}
}
