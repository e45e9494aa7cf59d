namespace LlavaMod.Torch.Tests;

public sealed class TensorScopeTests : IDisposable
{
    private readonly long before = Tensor.Live;

    public void Dispose() => Tensor.Live.ShouldBe(before, "the test leaves tensors behind");

    [Fact]
    public void Closing_a_scope_releases_what_was_made_in_it()
    {
        Tensor first, second;
        using (new TensorScope())
        {
            first = Create.Ones([2]);
            second = first + first;
            Tensor.Live.ShouldBe(before + 2);
        }
        first.IsDisposed.ShouldBeTrue();
        second.IsDisposed.ShouldBeTrue();
        Tensor.Live.ShouldBe(before);
    }

    [Fact]
    public void A_tensor_cannot_be_used_after_its_scope_closed()
    {
        Tensor gone;
        using (new TensorScope()) gone = Create.Ones([2]);
        using var scope = new TensorScope();
        Should.Throw<ObjectDisposedException>(() => gone.Shape);
        Should.Throw<ObjectDisposedException>(() => gone.ToArray<float>());
        Should.Throw<ObjectDisposedException>(() => gone + 1);
        Should.Throw<ObjectDisposedException>(() => Create.Ones([2]) + gone);
        Should.Throw<ObjectDisposedException>(() => Shaping.Cat([Create.Ones([2]), gone]));
        gone.ToString().ShouldBe("undefined");
    }

    [Fact]
    public void A_tensor_cannot_be_made_outside_a_scope() =>
        Should.Throw<InvalidOperationException>(() => Create.Ones([2])).Message.ShouldContain("using var scope = new TensorScope()");

    [Fact]
    public void A_returned_tensor_belongs_to_the_enclosing_scope()
    {
        Tensor Inner()
        {
            using var scope = new TensorScope();
            var x = Create.Ones([2]);
            return scope.Return(x + x);
        }

        Tensor kept;
        using (new TensorScope())
        {
            kept = Inner();
            Tensor.Live.ShouldBe(before + 1);
            kept.ToArray<float>().ShouldBe([2, 2]);
        }
        kept.IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public void Several_tensors_can_be_returned_in_any_order()
    {
        using var outer = new TensorScope();
        Tensor last, first;
        using (var inner = new TensorScope())
        {
            var tensors = Enumerable.Range(0, 6).Select(i => Create.Scalar(i)).ToArray();
            (last, first) = inner.Return(tensors[5], tensors[0]);
            inner.Return(tensors[5]);
        }
        Tensor.Live.ShouldBe(before + 2);
        last.Item<float>().ShouldBe(5);
        first.Item<float>().ShouldBe(0);
    }

    [Fact]
    public void Returning_a_tensor_of_an_outer_scope_leaves_it_there()
    {
        using var outer = new TensorScope();
        var x = Create.Ones([2]);
        using (var inner = new TensorScope()) inner.Return(x).ShouldBeSameAs(x);
        x.IsDisposed.ShouldBeFalse();
    }

    [Fact]
    public void A_tensor_returned_through_many_scopes_lives_to_the_outermost()
    {
        Tensor Nest(int depth)
        {
            using var scope = new TensorScope();
            return scope.Return(depth == 0 ? Create.Scalar(7) : Nest(depth - 1) + 1);
        }

        using var outer = new TensorScope();
        Nest(40).Item<float>().ShouldBe(47);
        Tensor.Live.ShouldBe(before + 1);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(3)]
    public void Keeping_a_tensor_disturbs_no_other(int depth)
    {
        using var outermost = new TensorScope();
        Tensor kept = null!;
        using (var keeper = new TensorScope())
        {
            var neighbours = new[] { Create.Scalar(1), Create.Scalar(2) };
            void Nest(int left)
            {
                using var scope = new TensorScope();
                var local = Create.Scalar(left);
                if (left > 0) Nest(left - 1);
                else keeper.Keep(kept = Create.Scalar(7));
                local.Item<float>().ShouldBe(left);
            }
            Nest(depth);
            kept.Item<float>().ShouldBe(7);
            Tensor.Live.ShouldBe(before + 3);
            neighbours.Sum(tensor => tensor.Item<float>()).ShouldBe(3);
        }
        kept.IsDisposed.ShouldBeTrue();
        Tensor.Live.ShouldBe(before);
    }

    [Fact]
    public void The_outermost_scope_has_nowhere_to_return_to()
    {
        using var scope = new TensorScope();
        Should.Throw<InvalidOperationException>(() => scope.Return(Create.Ones([2])));
    }

    [Fact]
    public void Scopes_close_in_the_reverse_order_of_opening()
    {
        var outer = new TensorScope();
        var inner = new TensorScope();
        Should.Throw<InvalidOperationException>(outer.Dispose);
        Should.Throw<InvalidOperationException>(() => outer.Return(Create.Ones([2])));
        inner.Dispose();
        outer.Dispose();
        outer.Dispose(); // a second time does nothing
    }

    [Fact]
    public void A_scope_closes_on_the_thread_that_opened_it()
    {
        using var scope = new TensorScope();
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(scope.Dispose));
        thread.Start();
        thread.Join();
        thrown.ShouldBeOfType<InvalidOperationException>();
    }

    [Fact]
    public void Threads_have_scopes_of_their_own()
    {
        using var scope = new TensorScope();
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(() => Create.Ones([2])));
        thread.Start();
        thread.Join();
        thrown.ShouldBeOfType<InvalidOperationException>();
    }

    [Fact]
    public void An_unscoped_tensor_lives_until_its_owner_disposes_it()
    {
        Tensor owned;
        using (new TensorScope()) owned = Create.Ones([2]).Unscope();
        owned.IsDisposed.ShouldBeFalse();
        owned.Dispose();
        owned.Dispose(); // a second time does nothing
        owned.IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public void A_shared_tensor_outlives_the_first_reference()
    {
        using var outer = new TensorScope();
        var x = Create.Full([2], 3).Unscope();
        var second = x.Share();
        x.Dispose();
        second.ToArray<float>().ShouldBe([3, 3]);
    }

    [Fact]
    public void A_scope_takes_any_number_of_tensors()
    {
        using (new TensorScope())
        {
            for (int i = 0; i < 3000; i++) Create.Empty([1]);
            Tensor.Live.ShouldBe(before + 3000);
        }
    }

    [Fact]
    public void An_exception_on_the_way_leaves_nothing_behind()
    {
        Should.Throw<TorchException>(() =>
        {
            using var outer = new TensorScope();
            var x = Create.Ones([2]);
            using var inner = new TensorScope();
            return inner.Return(x + Create.Ones([3]));
        });
        Tensor.Live.ShouldBe(before);
    }

    [Fact]
    public void A_scope_keeps_what_scopes_within_it_made()
    {
        using var outer = new TensorScope();
        TensorScope.Current.ShouldBeSameAs(outer);
        Tensor kept, own, gone;
        using (new TensorScope())
        {
            own = Create.Ones([1]);
            using (new TensorScope())
            {
                gone = Create.Ones([2]);
                kept = outer.Keep(gone + gone);
                Create.Ones([3]);
            }
            gone.IsDisposed.ShouldBeTrue();
            own.IsDisposed.ShouldBeFalse();
        }
        own.IsDisposed.ShouldBeTrue();
        kept.ToArray<float>().ShouldBe([2, 2]);
        Tensor.Live.ShouldBe(before + 1);
    }

    [Fact]
    public void A_closed_scope_keeps_nothing()
    {
        var closed = new TensorScope();
        closed.Dispose();
        TensorScope.Current.ShouldBeNull();
        using var scope = new TensorScope();
        Should.Throw<InvalidOperationException>(() => closed.Keep(Create.Ones([1]))).Message.ShouldContain("closed");
    }
}
