// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does one thing wrong while it is loaded, to see that a debug kernel sees it. Which one, says the
 * parameter.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <net/net_namespace.h>

static char *what = "";
module_param(what, charp, 0);
MODULE_PARM_DESC(what, "the fault: a name of the table");

static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);
static void *volatile lost;
static int __rcu *shared;

/* KASAN: a byte behind the end. */
static void out_of_bounds(void)
{
	volatile char *bytes = kmalloc(13, GFP_KERNEL);

	if (bytes)
		pr_info("fault: read %d\n", bytes[13]);
	kfree((void *)bytes);
}

static void use_after_free(void)
{
	volatile char *bytes = kmalloc(13, GFP_KERNEL);

	kfree((void *)bytes);
	pr_info("fault: read %d\n", bytes[0]);
}

/* lockdep: a before b, and b before a. */
static void lock_order(void)
{
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);

	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

/* PROVE_RCU: a pointer followed outside of a read section. */
static void rcu_unprotected(void)
{
	pr_info("fault: read %p\n", rcu_dereference(shared));
}

static void never(struct timer_list *timer)
{
}

/* DEBUG_OBJECTS: a timer that is freed while it runs. */
static void timer_freed(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, never, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	kfree(timer);
}

/* NET_DEV_REFCNT_TRACKER: a reference given back twice. */
static void reference_twice(void)
{
	netdevice_tracker tracker;

	netdev_hold(init_net.loopback_dev, &tracker, GFP_KERNEL);
	netdev_put(init_net.loopback_dev, &tracker);
	dev_hold(init_net.loopback_dev);
	netdev_put(init_net.loopback_dev, &tracker);
}

/* DEBUG_ATOMIC_SLEEP. */
static void sleep_in_atomic(void)
{
	preempt_disable();
	msleep(1);
	preempt_enable();
}

/* kmemleak: memory that nothing points to. */
static void leak(void)
{
	lost = kmalloc(100, GFP_KERNEL);
	lost = NULL;
}

static const struct {
	const char *name;
	void (*commit)(void);
} faults[] = {
	{ "out_of_bounds", out_of_bounds },
	{ "use_after_free", use_after_free },
	{ "lock_order", lock_order },
	{ "rcu_unprotected", rcu_unprotected },
	{ "timer_freed", timer_freed },
	{ "reference_twice", reference_twice },
	{ "sleep_in_atomic", sleep_in_atomic },
	{ "leak", leak },
};

static int __init fault_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(faults[i].name, what))
			continue;
		faults[i].commit();
		return 0;
	}
	return -EINVAL;
}

static void __exit fault_exit(void)
{
}

module_init(fault_init);
module_exit(fault_exit);

MODULE_DESCRIPTION("planted faults, to see that a debug kernel sees them");
MODULE_LICENSE("GPL");
